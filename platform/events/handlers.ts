// What a domain consumes: which logs it needs, and which of its handlers an event concerns.
import { type DomainName, domainNames } from '../domains.ts';
import type { EventConsumer } from './event.ts';
import type { LoggedEvent } from './logged-event.ts';

export type TransactionHandler = Extract<EventConsumer['handler'], { mode: 'transaction' }>;
export type ClaimHandler = Extract<EventConsumer['handler'], { mode: 'claim' }>;

/** How one event is to be handled here. */
export type Handling =
  | { readonly mode: 'none' }
  | { readonly mode: 'transaction'; readonly handlers: readonly TransactionHandler[] }
  | { readonly mode: 'claim'; readonly handler: ClaimHandler };

export interface Handlers {
  /** Domains whose logs are consumed. */
  readonly sources: readonly DomainName[];
  handlingOf(event: LoggedEvent): Handling;
}

export function createHandlers(consumers: readonly EventConsumer[]): Handlers {
  for (const consumer of consumers) {
    if (!consumer.types?.length && !consumer.kinds?.length) throw new Error('An event consumer names no types and no kinds.');
  }
  return {
    sources: domainNames.filter((domain) => consumers.some((consumer) => consumesFrom(consumer, domain))),
    handlingOf: (event) => {
      const matching = consumers.filter((consumer) => matches(consumer, event)).map((consumer) => consumer.handler);
      if (matching.length === 0) return { mode: 'none' };
      const handlers = matching.filter((handler) => handler.mode === 'transaction');
      if (handlers.length === matching.length) return { mode: 'transaction', handlers };
      const [handler] = matching;
      // The inbox has one row per event and domain, and a claim handler writes it itself: nobody else can share the event.
      if (matching.length > 1 || handler?.mode !== 'claim')
        throw new Error(`Several handlers want ${event.type}, and one of them claims it.`);
      return { mode: 'claim', handler };
    },
  };
}

function matches(consumer: EventConsumer, event: LoggedEvent): boolean {
  return (consumer.types?.includes(event.type) ?? false) || (consumer.kinds?.includes(event.kind) ?? false);
}

function consumesFrom(consumer: EventConsumer, domain: DomainName): boolean {
  // Any domain may record events of a kind; a type names its domain.
  return (consumer.kinds?.length ?? 0) > 0 || (consumer.types ?? []).some((type) => type.startsWith(`clawpurse.${domain}.`));
}
