// Entity references of this domain, batched per request.
import DataLoader from 'dataloader';
import type { GraphContext } from '../../platform/graph/context.ts';
import type { ReferenceResolver } from '../../platform/graph/subgraph.ts';
import { toSessionType, toUserType } from './auth.view.ts';
import type { SessionService } from './session.service.ts';
import type { UserRecord } from './user.repository.ts';
import type { UserService } from './user.service.ts';

/** How this domain answers `_entities`. Names are for whoever is signed in; a session is for its owner and for `user:read`. */
export function createReferences(users: UserService, sessions: SessionService): Readonly<Record<string, ReferenceResolver>> {
  return {
    User: async ({ id }, context) => {
      if (typeof id !== 'string' || context.identity === null) return null;
      const record = await loadUser(users, id, context);
      return record === null ? null : toUserType(record);
    },
    Session: async ({ id }, context) => {
      if (typeof id !== 'string' || context.identity === null) return null;
      const session = await sessions.findFor(context.identity, id);
      return session === null ? null : toSessionType(session, context.identity);
    },
  };
}

/** One user, read together with the others of the request. */
export function loadUser(users: UserService, id: string, context: GraphContext): Promise<UserRecord | null> {
  const loader = context.loader(
    'auth.userById',
    () =>
      new DataLoader(async (ids: readonly string[]) => {
        const found = await users.findMany(ids);
        return ids.map((wanted) => found.get(wanted) ?? null);
      }),
  );
  return loader.load(id);
}
