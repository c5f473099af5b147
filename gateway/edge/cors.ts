// Cross-origin rules: who may call from a browser, and which requests a browser sends without asking anybody.
import type { IncomingHttpHeaders } from 'node:http';
import type { DoorConfig } from '../../platform/config/door-settings.ts';

export interface CrossOrigin {
  /** Headers of every answer, flat. */
  headersFor(origin: string | undefined): readonly string[];
  /** The answer to a preflight, flat. */
  preflightHeaders(headers: IncomingHttpHeaders): readonly string[];
  /** True when a page of any origin can make a browser send this GET without a preflight. */
  isUnasked(headers: IncomingHttpHeaders): boolean;
}

const proofHeaders = ['graphql-require-preflight', 'apollo-require-preflight', 'x-apollo-operation-name'] as const;
/** What forms can send; anything else makes a browser ask first. */
const formTypes = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\s*(;|$)/i;
const preflightSeconds = 86_400;
const nothing: readonly string[] = [];

export function createCrossOrigin({ cors, csrfPrevention }: Pick<DoorConfig, 'cors' | 'csrfPrevention'>): CrossOrigin {
  const isOpen = cors.origins.includes('*');
  const named = new Set(cors.origins);
  const exposed = ['access-control-expose-headers', 'x-request-id, retry-after'];
  const toEverybody = ['access-control-allow-origin', '*', ...exposed];
  const toNobody = named.size === 0 ? nothing : ['vary', 'Origin'];
  const credentials = cors.credentials ? ['access-control-allow-credentials', 'true'] : [];

  function headersFor(origin: string | undefined): readonly string[] {
    if (isOpen) return toEverybody;
    if (origin === undefined || !named.has(origin)) return toNobody;
    return ['vary', 'Origin', 'access-control-allow-origin', origin, ...credentials, ...exposed];
  }

  return {
    headersFor,
    preflightHeaders(headers) {
      const allowed = headersFor(headers.origin);
      if (!allowed.includes('access-control-allow-origin')) return allowed;
      const asked = headers['access-control-request-headers'];
      return [
        ...allowed,
        'access-control-allow-methods',
        'GET, HEAD, POST',
        ...(asked === undefined ? [] : ['access-control-allow-headers', asked]),
        'access-control-max-age',
        String(preflightSeconds),
      ];
    },
    isUnasked(headers) {
      if (!csrfPrevention) return false;
      if (proofHeaders.some((name) => headers[name] !== undefined)) return false;
      const contentType = headers['content-type'];
      if (contentType !== undefined && !formTypes.test(contentType)) return false;
      // Browsers set both themselves; a page cannot.
      if (headers['sec-fetch-site'] === 'same-origin') return false;
      return headers.origin === undefined || !named.has(headers.origin);
    },
  };
}
