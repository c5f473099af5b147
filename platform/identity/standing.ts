// Whether somebody who holds a valid token may still act: a token outlives a suspension and the loss of a role by minutes, so each domain
// keeps the auth domain's news of both, and asks them before every mutation.
import { z } from 'zod';
import type { Database, DatabaseTransaction, SqlExecutor } from '../database/database.ts';
import { platformErrors } from '../errors.ts';
import type { EventConsumer, RecordedEvent } from '../events/event.ts';
import { identityErrors } from './identity.errors.ts';
import { type Permission, rolePermissions } from './permissions.ts';
import { readStanding, type Standing, saveRoles, saveSuspension } from './standing.repository.ts';

const consumed = {
  suspended: 'clawpurse.auth.user_suspended.v1',
  reinstated: 'clawpurse.auth.user_reinstated.v1',
  rolesChanged: 'clawpurse.auth.roles_changed.v1',
} as const;

const aboutUser = z.object({ userId: z.string().min(1) });
const withRoles = z.object({ userId: z.string().min(1), roles: z.array(z.string()) });

/** What a domain's mutations pass before anything else of them runs. */
export interface StandingGuard {
  /** @throws ACCOUNT_SUSPENDED, FORBIDDEN when a permission that the token names has been lost since */
  check(userId: string, mutation: string, needed: readonly Permission[]): Promise<void>;
}

export interface Standings extends StandingGuard {
  /** For the domain's list of consumers: how the news comes in. */
  readonly consumer: EventConsumer;
}

/**
 * @param options.decideThemselves mutations that suspended users may ask for, or that ask about the suspension in the transaction of their effect (see
 *   `requireGoodStanding`), so that a repeated request is still answered with what it has led to. Lost permissions count for them too.
 */
export function createStandings(
  database: Pick<Database, 'client'>,
  options: { readonly decideThemselves?: readonly string[] } = {},
): Standings {
  const decideThemselves = new Set(options.decideThemselves);
  return {
    consumer: { types: Object.values(consumed), handler: { mode: 'transaction', handle: learnStanding } },
    async check(userId, mutation, needed) {
      const standing = await readStanding(database.client, userId);
      if (standing === null) return;
      if (standing.isSuspended && !decideThemselves.has(mutation)) throw identityErrors.ACCOUNT_SUSPENDED({});
      requireStillGranted(standing, needed);
    },
  };
}

/** For the transaction that records what a user asks for. @throws ACCOUNT_SUSPENDED, FORBIDDEN when one of the permissions has been lost */
export async function requireGoodStanding(
  client: SqlExecutor,
  userId: string,
  needed: readonly Permission[] = [],
): Promise<void> {
  const standing = await readStanding(client, userId);
  if (standing === null) return;
  if (standing.isSuspended) throw identityErrors.ACCOUNT_SUSPENDED({});
  requireStillGranted(standing, needed);
}

/** Keeps what an event tells. Safe to repeat, in any order. @throws {ZodError} when the event does not keep to its contract; it is parked then. */
export async function learnStanding(event: RecordedEvent, tx: Pick<DatabaseTransaction, 'client'>): Promise<void> {
  const { position, time: at } = event;
  if (event.type === consumed.rolesChanged) return saveRoles(tx.client, { ...withRoles.parse(event.data), position, at });
  const isSuspended = z.enum([consumed.suspended, consumed.reinstated]).parse(event.type) === consumed.suspended;
  return saveSuspension(tx.client, { ...aboutUser.parse(event.data), isSuspended, position, at });
}

function requireStillGranted({ roles }: Standing, needed: readonly Permission[]): void {
  const lost = roles === null ? undefined : needed.find((permission) => !grants(roles, permission));
  if (lost !== undefined) throw platformErrors.FORBIDDEN({ permission: lost });
}

function grants(roles: readonly string[], permission: Permission): boolean {
  const bundles: Readonly<Record<string, readonly Permission[]>> = rolePermissions;
  return roles.some((role) => Object.hasOwn(bundles, role) && (bundles[role] ?? []).includes(permission));
}
