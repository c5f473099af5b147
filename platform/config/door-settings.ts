// The environment variables of the gateway's public door: what HTTP clients may do, and how live connections are bounded.
import { flag, list, text, wholeNumber } from './settings.ts';

const isOrigin = (part: string) => part === '*' || (URL.canParse(part) && new URL(part).origin === part);
const isName = (part: string) => /^[\w.-]+$/.test(part);

export const doorSettings = {
  CORS_ORIGINS: list(
    'origins such as https://app.example.com, or *, separated by commas',
    isOrigin,
    'Origins whose pages may call the gateway from a browser. * allows every page, without credentials.',
    'none: only pages of the same origin',
  ),
  CORS_CREDENTIALS: flag(false, 'Lets browsers of the named CORS_ORIGINS send cookies and HTTP authentication.'),
  CSRF_PREVENTION: flag(
    true,
    'Refuses requests that a browser would send from any page without asking first. A GET needs the header graphql-require-preflight (apollo-require-preflight and x-apollo-operation-name do as well).',
  ),
  STRICT_TRANSPORT_SECURITY: text(
    '',
    'Value of the Strict-Transport-Security header. Unset: none is sent, since a proxy usually ends TLS.',
    'for example max-age=31536000; includeSubDomains',
  ),
  COMPRESSION_BYTES_MIN: wholeNumber(
    0,
    104_857_600,
    0,
    'Answers of at least this size are compressed for clients that take br or gzip; 0 compresses none.',
    'bytes',
  ),
  BATCH_OPERATIONS_MAX: wholeNumber(
    0,
    100,
    0,
    'Operations that one HTTP request may carry as a JSON array; 0 refuses arrays. Every operation counts for every limit.',
  ),
  CONNECTIONS_MAX: wholeNumber(
    1,
    1_000_000,
    20_000,
    'WebSockets and event streams that may be open at a time; more are refused with 503.',
  ),
  CONNECTIONS_PER_CLIENT_MAX: wholeNumber(
    1,
    1_000_000,
    1000,
    'WebSockets and event streams that one user, or one address where nobody has signed in, may hold.',
  ),
  SUBSCRIPTIONS_MAX: wholeNumber(1, 10_000_000, 100_000, 'Subscriptions that may run at a time, all clients together.'),
  SUBSCRIPTIONS_PER_CLIENT_MAX: wholeNumber(
    1,
    1_000_000,
    2000,
    'Subscriptions that one user, or one address where nobody has signed in, may run.',
  ),
  OPERATIONS_PER_SOCKET_MAX: wholeNumber(1, 100_000, 100, 'Operations that one WebSocket may run at a time.'),
  QUEUE_BYTES_MAX: wholeNumber(
    1024,
    1_073_741_824,
    1_048_576,
    'Bytes of events that may wait for one client that reads slowly; above it the client is disconnected (4410) and resumes from its cursor.',
    'bytes',
  ),
  QUEUE_EVENTS_MAX: wholeNumber(1, 1_000_000, 1000, 'Events that may wait for one client that reads slowly.'),
  HEARTBEAT_SECONDS: wholeNumber(
    1,
    300,
    12,
    'How often a quiet WebSocket is pinged and a quiet event stream gets a comment.',
    'seconds',
  ),
  SUBSCRIPTION_SHARING: flag(
    true,
    'Identical subscriptions of callers with the same rights share one upstream, one execution and one serialisation.',
  ),
  SUBSCRIPTION_RESUME_SECONDS: wholeNumber(
    0,
    3600,
    30,
    'How long a lost upstream is tried again, from its cursor, before clients are told; 0 tells them at once.',
    'seconds',
  ),
  SUBSCRIPTION_RETIRE_SECONDS: wholeNumber(
    0,
    3600,
    10,
    'When the supergraph is replaced, running subscriptions are moved to the new one, spread over this time.',
    'seconds',
  ),
  SUBSCRIPTION_CURSOR_ARGUMENT: text('after', 'Argument of a subscription that takes the cursor to go on after.', 'a name'),
  SUBSCRIPTION_CURSOR_FIELD: text('cursor', 'Field of an event that holds its cursor.', 'a name'),
  SUBSCRIPTIONS_OVER_SSE: list(
    'names of subgraphs, separated by commas',
    isName,
    'Subgraphs that are subscribed to over server-sent events. Others get a WebSocket, and server-sent events when they refuse the upgrade.',
    'none',
  ),
  SUPERGRAPH_POLL_SECONDS: wholeNumber(
    1,
    86_400,
    10,
    'How often a SUPERGRAPH that is an http or https URL is asked for (with its ETag).',
    'seconds',
  ),
} as const;

/** What the gateway's door is told. */
export interface DoorConfig {
  readonly cors: { readonly origins: readonly string[]; readonly credentials: boolean };
  readonly csrfPrevention: boolean;
  /** Null sends no such header. */
  readonly strictTransportSecurity: string | null;
  /** 0 compresses nothing. */
  readonly compressionBytesMin: number;
  /** 0 refuses batches. */
  readonly batchOperationsMax: number;
  readonly connectionsMax: number;
  readonly connectionsPerClientMax: number;
  readonly subscriptionsMax: number;
  readonly subscriptionsPerClientMax: number;
  readonly operationsPerSocketMax: number;
  readonly queueBytesMax: number;
  readonly queueEventsMax: number;
  readonly heartbeatMs: number;
  readonly subscriptions: {
    readonly share: boolean;
    readonly resumeMs: number;
    readonly retireMs: number;
    readonly cursorArgument: string;
    readonly cursorField: string;
    readonly overEventStream: readonly string[];
  };
  readonly supergraphPollMs: number;
}

type DoorValues = {
  readonly [Name in keyof typeof doorSettings]: (typeof doorSettings)[Name]['schema']['_output'];
};

export function doorConfig(values: DoorValues): DoorConfig {
  return {
    cors: { origins: values.CORS_ORIGINS, credentials: values.CORS_CREDENTIALS ?? false },
    csrfPrevention: values.CSRF_PREVENTION ?? true,
    strictTransportSecurity: values.STRICT_TRANSPORT_SECURITY || null,
    compressionBytesMin: values.COMPRESSION_BYTES_MIN,
    batchOperationsMax: values.BATCH_OPERATIONS_MAX,
    connectionsMax: values.CONNECTIONS_MAX,
    connectionsPerClientMax: values.CONNECTIONS_PER_CLIENT_MAX,
    subscriptionsMax: values.SUBSCRIPTIONS_MAX,
    subscriptionsPerClientMax: values.SUBSCRIPTIONS_PER_CLIENT_MAX,
    operationsPerSocketMax: values.OPERATIONS_PER_SOCKET_MAX,
    queueBytesMax: values.QUEUE_BYTES_MAX,
    queueEventsMax: values.QUEUE_EVENTS_MAX,
    heartbeatMs: values.HEARTBEAT_SECONDS * 1000,
    subscriptions: {
      share: values.SUBSCRIPTION_SHARING ?? true,
      resumeMs: values.SUBSCRIPTION_RESUME_SECONDS * 1000,
      retireMs: values.SUBSCRIPTION_RETIRE_SECONDS * 1000,
      cursorArgument: values.SUBSCRIPTION_CURSOR_ARGUMENT,
      cursorField: values.SUBSCRIPTION_CURSOR_FIELD,
      overEventStream: values.SUBSCRIPTIONS_OVER_SSE,
    },
    supergraphPollMs: values.SUPERGRAPH_POLL_SECONDS * 1000,
  };
}
