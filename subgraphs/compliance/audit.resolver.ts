// The graph's fields of the audit log: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Args, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { RequiresPermission } from '../../platform/graph/authorisation.ts';
import { type Connection, ConnectionArgs } from '../../platform/graph/connection.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { LiveSubscription } from '../../platform/graph/live-subscription.ts';
import { Cursor } from '../../platform/graph/scalars.ts';
import { type AuditView, fullView } from './audit.rules.ts';
import type { AuditService } from './audit.service.ts';
import {
  AuditEvent,
  AuditEventConnection,
  AuditEventFilter,
  AuditEventRecordedArgs,
  AuditEventUpdate,
  AuditLogProblemKind,
  AuditLogVerificationArgs,
  AuditLogVerificationType,
  AuditOutcome,
} from './audit.types.ts';
import { TransactionStub, UserStub } from './extended.types.ts';

@Resolver(() => AuditEvent)
export class AuditResolver {
  readonly #audit: AuditService;

  constructor(audit: AuditService) {
    this.#audit = audit;
  }

  @RequiresPermission('audit:read')
  @Query(() => AuditEventConnection, { description: 'The audit log, newest first.' })
  async auditEvents(
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Arg('filter', () => AuditEventFilter, { nullable: true, description: 'Which records are wanted; all without it.' })
    filter?: AuditEventFilter | null,
  ) {
    return toAuditEventConnection(await this.#audit.list(args, filter ?? {}));
  }

  @RequiresPermission('audit:read')
  @Query(() => AuditLogVerificationType, {
    description: 'Recomputes the chain of a range of the audit log and names the first bad record.',
  })
  async auditLogVerification(@Args(() => AuditLogVerificationArgs) { from, first }: AuditLogVerificationArgs) {
    const { head, problem, ...rest } = await this.#audit.verify({ from, limit: first });
    const named = problem && { ...problem, kind: AuditLogProblemKind[problem.kind] };
    return { ...rest, isIntact: problem === null, headSequence: head.sequence, headHash: head.hash, problem: named };
  }

  @RequiresPermission('audit:read')
  @Query(() => Cursor, {
    description: 'The present end of the live audit log: `auditEventRecorded(after:)` with it misses nothing from now on.',
  })
  auditFeedCursor(): Promise<string> {
    return this.#audit.feedCursor();
  }

  @RequiresPermission('audit:read')
  @LiveSubscription(() => AuditEventUpdate, { description: 'Records as the audit log takes them in, in order and without gaps.' })
  auditEventRecorded(
    @Args(() => AuditEventRecordedArgs) { after, filter }: AuditEventRecordedArgs,
    @Ctx() context: GraphContext,
  ): AsyncIterable<AuditEventUpdate> {
    return updatesOf(this.#audit.follow({ after, filter: filter ?? {}, signal: context.signal }));
  }
}

@Resolver(() => TransactionStub)
export class TransactionAuditResolver {
  readonly #audit: AuditService;

  constructor(audit: AuditService) {
    this.#audit = audit;
  }

  @FieldResolver(() => AuditEventConnection, {
    nullable: true,
    description:
      'What the audit log says of the transaction, newest first: all of it with audit:read, else what concerns yourself.',
  })
  async auditTrail(
    @Root() { id }: TransactionStub,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { identity }: GraphContext,
  ) {
    const trail = await this.#audit.trail(identity, { transactionId: id }, args);
    return trail && toAuditEventConnection(trail);
  }
}

@Resolver(() => UserStub)
export class UserAuditResolver {
  readonly #audit: AuditService;

  constructor(audit: AuditService) {
    this.#audit = audit;
  }

  @FieldResolver(() => AuditEventConnection, {
    nullable: true,
    description: "What the audit log says of the user's data, newest first. Null unless you are the user or have audit:read.",
  })
  async auditTrail(
    @Root() { id }: UserStub,
    @Args(() => ConnectionArgs) args: ConnectionArgs,
    @Ctx() { identity }: GraphContext,
  ) {
    const trail = await this.#audit.trail(identity, { subjectUserId: id }, args);
    return trail && toAuditEventConnection(trail);
  }
}

export function toAuditEvent(view: AuditView): AuditEvent {
  const { eventId, actorId, subjectUserId, transactionId } = view;
  return Object.assign(new AuditEvent(), {
    id: eventId,
    occurredAt: view.occurredAt,
    source: view.source,
    actorId,
    actor: actorId === null || actorId === 'system' ? null : { id: actorId },
    action: view.action,
    resourceType: view.resourceType,
    resourceId: view.resourceId,
    outcome: AuditOutcome[view.outcome],
    subjectUser: subjectUserId === null ? null : { id: subjectUserId },
    transaction: transactionId === null ? null : { id: transactionId },
    details: view.details,
    requestId: view.requestId,
    sequence: view.sequence,
    recordedAt: view.recordedAt,
    previousHash: view.previousHash,
    hash: view.hash,
    canonicalRecord: view.canonicalRecord,
  });
}

function toAuditEventConnection({ edges, pageInfo }: Connection<AuditView>): Connection<AuditEvent> {
  const mapped = edges.map(({ cursor, node }) => ({ cursor, node: toAuditEvent(node) }));
  return { edges: mapped, nodes: mapped.map(({ node }) => node), pageInfo };
}

async function* updatesOf(updates: ReturnType<AuditService['follow']>): AsyncIterable<AuditEventUpdate> {
  for await (const { cursor, entry } of updates) yield { cursor, auditEvent: toAuditEvent(fullView(entry)) };
}
