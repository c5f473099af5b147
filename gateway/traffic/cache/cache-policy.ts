// How long an answer may be kept, and for whom: hints of @cacheControl and of `cache-control` headers, of which the strictest counts.

export interface CacheHint {
  readonly maxAge?: number;
  readonly scope?: 'PUBLIC' | 'PRIVATE';
}

/** The policy of a whole answer. The shape is that of Apollo Server's `overallCachePolicy`, which its plugins read. */
export interface CachePolicy {
  /** Seconds; undefined before the first hint. */
  maxAge: number | undefined;
  scope: 'PUBLIC' | 'PRIVATE' | undefined;
  /** Lowers the policy to the hint where the hint is stricter. */
  restrict(hint: CacheHint): void;
  replace(hint: CacheHint): void;
  policyIfCacheable(): { readonly maxAge: number; readonly scope: 'PUBLIC' | 'PRIVATE' } | null;
}

export function createCachePolicy(): CachePolicy {
  const policy: CachePolicy = {
    maxAge: undefined,
    scope: undefined,
    restrict({ maxAge, scope }) {
      if (maxAge !== undefined) policy.maxAge = Math.min(policy.maxAge ?? Number.POSITIVE_INFINITY, maxAge);
      if (scope !== undefined && policy.scope !== 'PRIVATE') policy.scope = scope;
    },
    replace({ maxAge, scope }) {
      policy.maxAge = maxAge ?? policy.maxAge;
      policy.scope = scope ?? policy.scope;
    },
    policyIfCacheable: () =>
      policy.maxAge === undefined || policy.maxAge <= 0 ? null : { maxAge: policy.maxAge, scope: policy.scope ?? 'PUBLIC' },
  };
  return policy;
}

/**
 * What a subgraph's `cache-control` says of its answer. Without a max-age it may not be kept; `age`, from a cache in between, counts against
 * it; s-maxage is for shared caches, of which this is one.
 */
export function hintFromHeaders(headers: Readonly<Record<string, string | readonly string[] | undefined>>): CacheHint {
  const text = String(headers['cache-control'] ?? '').toLowerCase();
  const directives = new Map(
    text.split(',').map((part) => {
      const [name = '', value = ''] = part.split('=');
      return [name.trim(), value.trim().replaceAll('"', '')] as const;
    }),
  );
  if (directives.has('no-store') || directives.has('no-cache')) return { maxAge: 0 };
  const seconds = directives.get('s-maxage') ?? directives.get('max-age') ?? '';
  const age = /^\d{1,10}$/.test(String(headers.age)) ? Number(headers.age) : 0;
  const maxAge = /^\d{1,10}$/.test(seconds) ? Math.max(0, Number(seconds) - age) : 0;
  if (directives.has('private')) return { maxAge, scope: 'PRIVATE' };
  return { maxAge, ...(directives.has('public') ? { scope: 'PUBLIC' as const } : {}) };
}
