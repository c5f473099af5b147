// Liveness and readiness: named checks, each with its own time limit, answered as JSON that says which one failed.

/** What a check has to say beyond "ok"; a warning keeps the service ready. */
export interface HealthFinding {
  readonly status: 'ok' | 'warning';
  readonly message?: string;
}

export interface HealthCheck {
  readonly name: string;
  /** Resolves when all is well. @throws with the reason when the service cannot work. */
  check(): Promise<HealthFinding | undefined>;
}

export interface CheckReport {
  readonly status: 'ok' | 'warning' | 'failed';
  readonly durationMs: number;
  readonly message?: string;
}

export interface HealthReport {
  /** `failed` when any check failed: the service gets no traffic. */
  readonly status: 'ok' | 'failed';
  readonly checks: Readonly<Record<string, CheckReport>>;
}

/** A check that is fine when something answers. */
export function answers(name: string, ping: () => Promise<unknown>): HealthCheck {
  return {
    name,
    check: async () => {
      await ping();
      return undefined;
    },
  };
}

const checkTimeoutMs = 2000;

/** Runs all checks at once; never rejects. */
export async function runHealthChecks(checks: readonly HealthCheck[], timeoutMs = checkTimeoutMs): Promise<HealthReport> {
  const reports = await Promise.all(checks.map(async (check) => [check.name, await runCheck(check, timeoutMs)] as const));
  const hasFailed = reports.some(([, report]) => report.status === 'failed');
  return { status: hasFailed ? 'failed' : 'ok', checks: Object.fromEntries(reports) };
}

async function runCheck({ check }: HealthCheck, timeoutMs: number): Promise<CheckReport> {
  const startedMs = performance.now();
  const took = () => Math.round(performance.now() - startedMs);
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`No answer within ${timeoutMs} ms.`)), timeoutMs);
  });
  try {
    const finding = await Promise.race([check(), timeout]);
    return {
      status: finding?.status ?? 'ok',
      durationMs: took(),
      ...(finding?.message === undefined ? {} : { message: finding.message }),
    };
  } catch (error) {
    return { status: 'failed', durationMs: took(), message: error instanceof Error ? error.message : String(error) };
  } finally {
    clearTimeout(timer);
  }
}
