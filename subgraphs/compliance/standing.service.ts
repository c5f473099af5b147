// Whether somebody who still has a valid token may act as staff: the auth domain's news of suspensions and roles count from the moment
// they arrive, not from the token's end.
import { z } from 'zod';
import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { platformErrors } from '../../platform/errors.ts';
import type { EventConsumer, RecordedEvent } from '../../platform/events/event.ts';
import { type Identity, requirePermission } from '../../platform/identity/identity.ts';
import { type Permission, rolePermissions } from '../../platform/identity/permissions.ts';
import type { Client, Transaction } from './compliance.database.ts';
import { findStanding, saveRoles, saveSuspension } from './standing.repository.ts';

const consumed = {
  suspended: 'clawpurse.auth.user_suspended.v1',
  reinstated: 'clawpurse.auth.user_reinstated.v1',
  rolesChanged: 'clawpurse.auth.roles_changed.v1',
} as const;

const aboutUser = z.object({ userId: z.string() });
const withRoles = z.object({ userId: z.string(), roles: z.array(z.string()) });

export interface StandingService {
  readonly consumers: readonly EventConsumer[];
  /** @throws UNAUTHENTICATED, or FORBIDDEN when the token lacks the permission, or its holder has lost it or was suspended since. */
  require(identity: Identity | null, permission: Permission): Promise<Identity>;
}

export function createStandingService(deps: { readonly database: Database<Client>; readonly clock: Clock }): StandingService {
  const { database, clock } = deps;
  const isSuspension = (event: RecordedEvent) => event.type === consumed.suspended;
  return {
    consumers: [
      {
        types: [consumed.suspended, consumed.reinstated],
        handler: {
          mode: 'transaction',
          async handle(event, tx) {
            const { userId } = aboutUser.parse(event.data);
            const change = { userId, isSuspended: isSuspension(event), position: event.position };
            await saveSuspension(tx as Transaction, change, clock.now());
          },
        },
      },
      {
        types: [consumed.rolesChanged],
        handler: {
          mode: 'transaction',
          async handle(event, tx) {
            const { userId, roles } = withRoles.parse(event.data);
            await saveRoles(tx as Transaction, { userId, roles, position: event.position }, clock.now());
          },
        },
      },
    ],
    async require(identity, permission) {
      const known = requirePermission(identity, permission);
      const standing = await findStanding(database.client, known.userId);
      if (standing === null) return known;
      const { isSuspended, roles } = standing;
      if (isSuspended || (roles !== null && !grants(roles, permission))) throw platformErrors.FORBIDDEN({ permission });
      return known;
    },
  };
}

function grants(roles: readonly string[], permission: Permission): boolean {
  const bundles: Readonly<Record<string, readonly Permission[]>> = rolePermissions;
  return roles.some((role) => Object.hasOwn(bundles, role) && (bundles[role] ?? []).includes(permission));
}
