// The graph's fields of checkpoints and proofs: arguments to use cases, results to types, and the line that says who may ask.

import { GraphQLSafeInt } from 'graphql-scalars';
import { Arg, Args, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import { RequiresPermission } from '../../platform/graph/authorisation.ts';
import { ConnectionArgs } from '../../platform/graph/connection.ts';
import type { ProofService } from './audit.proof.service.ts';
import {
  AuditCheckpoint,
  AuditCheckpointConnection,
  AuditConsistencyProof,
  AuditConsistencyProofArgs,
  AuditInclusionProof,
  AuditInclusionProofArgs,
  AuditSealStatus,
} from './audit.proof.types.ts';
import type { AuditSealer } from './audit.sealer.ts';
import { AuditEvent } from './audit.types.ts';

@Resolver(() => AuditEvent)
export class AuditProofResolver {
  readonly #proofs: ProofService;
  readonly #sealer: AuditSealer;

  constructor(proofs: ProofService, sealer: AuditSealer) {
    this.#proofs = proofs;
    this.#sealer = sealer;
  }

  @RequiresPermission('audit:read')
  @Query(() => AuditSealStatus, { description: 'How far the audit log is sealed, with its last signed checkpoint.' })
  async auditSealStatus() {
    const [checkpoint, unsealed] = await Promise.all([this.#proofs.checkpoint(), this.#sealer.unsealed()]);
    return { checkpoint, unsealed };
  }

  @RequiresPermission('audit:read')
  @Query(() => AuditCheckpoint, { nullable: true, description: 'The checkpoint of a size; null when the log signed none of it.' })
  auditCheckpoint(@Arg('size', () => GraphQLSafeInt, { description: 'How many records it covers.' }) size: number) {
    return this.#proofs.checkpoint(size);
  }

  @RequiresPermission('audit:read')
  @Query(() => AuditCheckpointConnection, { description: 'What the audit log has signed of its tree, newest first.' })
  auditCheckpoints(@Args(() => ConnectionArgs) args: ConnectionArgs) {
    return this.#proofs.checkpoints(args);
  }

  @RequiresPermission('audit:read')
  @Query(() => AuditConsistencyProof, { description: 'Proves that the audit log has only grown since a checkpoint.' })
  auditConsistencyProof(@Args(() => AuditConsistencyProofArgs) { fromSize, toSize }: AuditConsistencyProofArgs) {
    return this.#proofs.consistency(fromSize, toSize ?? null);
  }

  @FieldResolver(() => AuditInclusionProof, {
    nullable: true,
    description: 'Proves that the record is in the sealed log. Null while it waits for its seal, and without audit:read.',
  })
  inclusionProof(
    @Root() { sequence }: AuditEvent,
    @Args(() => AuditInclusionProofArgs) { treeSize }: AuditInclusionProofArgs,
  ): Promise<AuditInclusionProof | null> {
    return sequence === null ? Promise.resolve(null) : this.#proofs.inclusion(sequence, treeSize ?? null).then(toMutable);
  }
}

function toMutable<Proof extends { readonly hashes: readonly string[] }>(proof: Proof | null) {
  return proof && { ...proof, hashes: [...proof.hashes] };
}
