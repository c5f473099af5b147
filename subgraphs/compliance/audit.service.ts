// The audit log's use cases: taking in every domain's records, reading and following them, and proving that none was touched.

import type { Clock } from '../../platform/clock.ts';
import type { Database } from '../../platform/database/database.ts';
import { createGroupCommit, togetherOrApart } from '../../platform/database/group-commit.ts';
import type { EventConsumer, InboxClaim, LiveFeed, Outbox, RecordedEvent } from '../../platform/events/event.ts';
import { claimInbox } from '../../platform/events/inbox.ts';
import { type Connection, type ConnectionArgs, keysetCursor, rowLimit, toConnection } from '../../platform/graph/connection.ts';
import { hasPermission, type Identity } from '../../platform/identity/identity.ts';
import { auditErrors } from './audit.errors.ts';
import { auditFeedKey, auditRecorded, readAuditRecord, readAuditRecorded } from './audit.events.ts';
import {
  appendEntries,
  findEntriesByEvent,
  firstBeyondHead,
  listEntries,
  lockHead,
  readEntries,
  readHead,
} from './audit.repository.ts';
import {
  type AuditEntry,
  type AuditEntryDraft,
  type AuditFilter,
  type AuditView,
  type ChainHead,
  type ChainProblem,
  chainEntries,
  concealedSource,
  draftOf,
  emptyChain,
  findProblem,
  fullView,
  matchesFilter,
  viewFor,
} from './audit.rules.ts';
import { createTreeCheck } from './audit.tree.check.ts';
import type { Client } from './compliance.database.ts';
import type { NoteVerifier } from './note.rules.ts';

/** Entries in one append: bounds how long the head stays locked. */
const appendSizeMax = 256;
/** Entries read at once while verifying: bounds memory. */
const verificationPageSize = 1_000;
/** Entries that one request may have verified: about a second of work. */
export const verificationSizeMax = 50_000;

const entryCursor = keysetCursor('auditEvents', { sequence: 'number' });

/** What a verification looked at and found. */
export interface AuditLogVerification {
  readonly fromSequence: number;
  /** Entries found good. */
  readonly verified: number;
  readonly head: ChainHead;
  /** Where to go on; null when the head was reached or a problem was found. */
  readonly nextSequence: number | null;
  readonly problem: ChainProblem | null;
}

/** An entry as it happens, with the place to resume from. */
export interface AuditUpdate {
  readonly cursor: string;
  readonly entry: AuditEntry;
}

export interface AuditService {
  readonly consumer: EventConsumer;
  /** @throws INVALID_CURSOR */
  list(args: ConnectionArgs, filter: AuditFilter): Promise<Connection<AuditView>>;
  /** The trail of a transaction or of a user, as far as the reader may see it; null when it is none of theirs. */
  trail(
    identity: Identity | null,
    about: { transactionId: string } | { subjectUserId: string },
    args: ConnectionArgs,
  ): Promise<Connection<AuditView> | null>;
  /** Entries by event id; those that the reader may not see are absent. */
  findVisible(identity: Identity | null, eventIds: readonly string[]): Promise<Map<string, AuditView>>;
  /** @throws INVALID_CURSOR */
  follow(options: { after?: string | null | undefined; filter: AuditFilter; signal: AbortSignal }): AsyncIterable<AuditUpdate>;
  feedCursor(): Promise<string>;
  /** Checks entries from `from` on, at most `limit` of them. @throws AUDIT_RANGE_INVALID */
  verify(range: { from: number; limit: number }): Promise<AuditLogVerification>;
}

export function createAuditService(deps: {
  readonly database: Database<Client>;
  readonly outbox: Outbox;
  readonly feed: LiveFeed;
  readonly clock: Clock;
  /** The key that the log's checkpoints must be signed by. */
  readonly verifier: NoteVerifier;
}): AuditService {
  const { database, outbox, feed, clock, verifier } = deps;

  const appends = createGroupCommit<{ draft: AuditEntryDraft; claim: InboxClaim }, undefined>({
    batchSizeMax: appendSizeMax,
    write: togetherOrApart((items) =>
      database.transaction(async (tx) => {
        // The head first: it makes replicas wait in line, so that their inbox claims cannot deadlock.
        const head = await lockHead(tx);
        const claimed = await claimInbox(
          tx,
          items.map(({ claim }) => claim),
        );
        const drafts = items.filter(({ claim }) => claimed.has(claim.eventId)).map(({ draft }) => draft);
        const entries = chainEntries(head, drafts, clock.now());
        await appendEntries(tx, entries);
        await outbox.append(tx, entries.map(auditRecorded));
      }),
    ),
  });

  return {
    consumer: {
      kinds: ['audit'],
      handler: {
        mode: 'claim',
        handle: (event: RecordedEvent, claim: InboxClaim) =>
          appends.submit({ draft: draftOf(event, readAuditRecord(event)), claim }),
      },
    },

    async list(args, filter) {
      const before = entryCursor.decode(args.after)?.sequence ?? null;
      const rows = await listEntries(database.client, { filter, before, limit: rowLimit(args) });
      return toConnection(rows, args, entryCursor.encode, fullView);
    },

    async trail(identity, about, args) {
      if (identity === null) return null;
      const isReader = hasPermission(identity, 'audit:read');
      if ('subjectUserId' in about && !isReader && about.subjectUserId !== identity.userId) return null;
      const before = entryCursor.decode(args.after)?.sequence ?? null;
      const scope = isReader
        ? { filter: about }
        : { filter: { ...about, subjectUserId: identity.userId }, withoutSource: concealedSource };
      const rows = await listEntries(database.client, { ...scope, before, limit: rowLimit(args) });
      return toConnection(rows, args, entryCursor.encode, (entry) => requireView(identity, entry));
    },

    async findVisible(identity, eventIds) {
      const entries = await findEntriesByEvent(database.client, eventIds);
      return new Map(
        entries.flatMap((entry) => {
          const view = viewFor(identity, entry);
          return view === null ? [] : [[entry.eventId, view] as const];
        }),
      );
    },

    async *follow({ after, filter, signal }) {
      for await (const event of feed.follow({ key: auditFeedKey, after, signal })) {
        const entry = readAuditRecorded(event);
        if (matchesFilter(entry, filter)) yield { cursor: feed.cursorOf(event), entry };
      }
    },

    feedCursor: () => feed.currentCursor(),

    verify: (range) => verifyAuditLog(database.client, range, verifier),
  };
}

function requireView(identity: Identity, entry: AuditEntry): AuditView {
  const view = viewFor(identity, entry);
  if (view === null) throw new Error(`The query let entry ${entry.sequence} through, which its reader may not see.`);
  return view;
}

/** Reads the log in pages and names the first entry that is not what was once written. @throws AUDIT_RANGE_INVALID */
export async function verifyAuditLog(
  client: Client,
  range: { from: number; limit: number },
  verifier: NoteVerifier,
): Promise<AuditLogVerification> {
  const { from, limit } = range;
  const tree = await createTreeCheck(client, verifier);
  // Read first: what is appended meanwhile is none of this run's business.
  const head = await readHead(client);
  const isEmpty = head.sequence === 0 && from === 1;
  if (!Number.isSafeInteger(from) || from < 1 || (from > head.sequence && !isEmpty)) {
    throw auditErrors.AUDIT_RANGE_INVALID({ from, headSequence: head.sequence });
  }
  const to = Math.min(head.sequence, from + limit - 1);
  const outcome = (problem: ChainProblem | null): AuditLogVerification => ({
    fromSequence: from,
    verified: Math.max((problem?.sequence ?? to + 1) - from, 0),
    head,
    nextSequence: problem === null && to < head.sequence ? to + 1 : null,
    problem,
  });

  let last = emptyChain;
  if (from > 1) {
    // The run stands on the entry before it, which an earlier run has verified.
    const [anchor] = await readEntries(client, { from: from - 1, to: from - 1, limit: 1 });
    if (anchor === undefined) return outcome(missing(from - 1));
    last = anchor;
  }
  while (last.sequence < to) {
    const page = await readEntries(client, { from: last.sequence + 1, to, limit: verificationPageSize });
    const problem = page.length === 0 ? missing(last.sequence + 1) : (findProblem(last, page) ?? (await tree.entries(page)));
    if (problem !== null) return outcome(problem);
    last = page.at(-1) ?? last;
  }
  return outcome(to < head.sequence ? null : ((await checkEnd(client, head, last)) ?? (await tree.root())));
}

async function checkEnd(client: Client, head: ChainHead, last: ChainHead): Promise<ChainProblem | null> {
  if (last.hash !== head.hash) {
    const message = `Entry ${last.sequence} is not the one that the head of the log names.`;
    return { sequence: last.sequence, eventId: null, kind: 'UNLINKED', message };
  }
  const beyond = await firstBeyondHead(client);
  if (beyond === null) return null;
  return { sequence: beyond, eventId: null, kind: 'BEYOND_HEAD', message: `Entry ${beyond} lies beyond the head of the log.` };
}

function missing(sequence: number): ChainProblem {
  return { sequence, eventId: null, kind: 'MISSING', message: `Entry ${sequence} is missing.` };
}
