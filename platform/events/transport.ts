// How events travel from the log of one domain to the others: the contract of both transports.
import type { DomainName } from '../domains.ts';
import type { EventLog } from './event-log.ts';
import type { LoggedEvent } from './logged-event.ts';

/** Carries one log to its consumers. It remembers where it stands, and reads the log for whatever it was not handed. */
export interface LogPublisher {
  /**
   * Makes the log available up to its present end. `recent` are its newest events, without gaps, as far as the caller has them at hand.
   * May be called again after a failure, by several replicas, and with events that have been published before.
   */
  publish(recent: readonly LoggedEvent[]): Promise<void>;
  /** Regular upkeep: finds losses and new consumers, and records how far each consumer has come. Resolves true when there is something to publish. */
  maintain(): Promise<boolean>;
  /** Position up to which consumers can get the log; null while unknown. */
  publishedTo(): number | null;
  stop(): Promise<void>;
}

/** One domain's consumption of other domains' logs, shared by all its replicas. */
export interface Consumption {
  readonly consumer: DomainName;
  readonly sources: readonly DomainName[];
  /** Resolves when the event needs no further delivery. @throws when it must be delivered again. */
  take(event: LoggedEvent): Promise<unknown>;
  /** Most events that may be in delivery at once. */
  readonly inFlightMax: number;
}

export interface Subscription {
  /** Takes nothing new; resolves when what has begun has ended. */
  stop(): Promise<void>;
}

export interface TransportStatus {
  readonly kind: 'in-process' | 'redis';
  readonly isConnected: boolean;
}

export interface EventTransport {
  /** `log` is a domain's own log, in this process. */
  connectLog(log: EventLog): LogPublisher;
  consume(consumption: Consumption): Subscription;
  /** Hears what replicas of the source publish from now on. Best effort: a listener finds gaps by the positions. */
  listen(source: DomainName, onEvents: (events: readonly LoggedEvent[]) => void): Subscription;
  status(): TransportStatus;
  /** After everything that uses it has stopped. */
  close(): Promise<void>;
}
