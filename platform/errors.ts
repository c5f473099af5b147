// The one error type that crosses a boundary, and the way a domain declares its closed list of failures.
// Nothing here knows a domain.

export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonObject = { readonly [key: string]: JsonValue };

/** A failure that the caller may see: a stable code, a message for people, and the values that explain it. */
export class DomainError extends Error {
  readonly code: string;
  readonly details: JsonObject;
  /** True when the same request may succeed later without being changed. */
  readonly retryable: boolean;

  constructor(code: string, message: string, options: { details?: JsonObject; retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'DomainError';
    this.code = code;
    this.details = options.details ?? {};
    this.retryable = options.retryable ?? false;
  }
}

interface ErrorDefinition<Details extends JsonObject> {
  readonly message: (details: Details) => string;
  readonly retryable?: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: the details differ per code and are recovered by ErrorFactories.
type ErrorDefinitions = Record<string, ErrorDefinition<any>>;

export type ErrorFactories<Definitions extends ErrorDefinitions> = {
  readonly [Code in keyof Definitions]: Definitions[Code] extends ErrorDefinition<infer Details>
    ? (details: Details, cause?: unknown) => DomainError
    : never;
};

/**
 * Declares a closed list of failures and gives one factory per code.
 *
 * @example
 * const walletErrors = defineErrors({
 *   WALLET_NOT_FOUND: { message: (d: { walletId: string }) => `There is no wallet ${d.walletId} that you may use.` },
 * });
 * throw walletErrors.WALLET_NOT_FOUND({ walletId });
 */
export function defineErrors<const Definitions extends ErrorDefinitions>(definitions: Definitions): ErrorFactories<Definitions> {
  const entries = Object.entries(definitions).map(([code, definition]) => {
    const create = (details: JsonObject, cause?: unknown) =>
      new DomainError(code, definition.message(details), { details, retryable: definition.retryable ?? false, cause });
    return [code, create] as const;
  });
  return Object.fromEntries(entries) as unknown as ErrorFactories<Definitions>;
}

/** Failures that every service shares. Domains add their own lists beside their code. */
export const platformErrors = defineErrors({
  UNAUTHENTICATED: { message: (d: { reason: string }) => `Sign in to do this: ${d.reason}.` },
  FORBIDDEN: {
    message: (d: { permission: string }) => `This needs the permission "${d.permission}", which your roles do not grant.`,
  },
  BAD_USER_INPUT: { message: (d: { field: string; problem: string }) => `${d.field}: ${d.problem}` },
  INVALID_CURSOR: {
    message: (d: { cursor: string; problem: string }) => `The cursor "${d.cursor}" cannot be used: ${d.problem}.`,
  },
  SERVICE_UNAVAILABLE: {
    message: (d: { service: string }) => `The ${d.service} cannot answer right now; try again shortly.`,
    retryable: true,
  },
});

/** True for the failures that may be shown to a caller as they are. */
export function isDomainError(error: unknown): error is DomainError {
  return error instanceof DomainError;
}
