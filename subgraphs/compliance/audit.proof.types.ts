// The GraphQL types of checkpoints and proofs. No logic.
import { GraphQLSafeInt } from 'graphql-scalars';
import { ArgsType, Field, Int, ObjectType } from 'type-graphql';
import { connectionType } from '../../platform/graph/connection.ts';
import { DateTime } from '../../platform/graph/scalars.ts';

@ObjectType({
  description: 'What the audit log has signed of its Merkle tree (RFC 6962). Keep one elsewhere: it proves every earlier record.',
})
export class AuditCheckpoint {
  @Field(() => GraphQLSafeInt, { description: 'How many records it covers: 1 to this one.' })
  size: number;

  @Field(() => String, { description: 'Root hash of the tree, in base64.' })
  root: string;

  @Field(() => String, { description: 'The signed note (C2SP tlog-checkpoint): origin, size, root, and an Ed25519 signature.' })
  note: string;

  @Field(() => String, { description: 'The key that verifies the note: <name>+<key hash>+<key> (C2SP signed-note).' })
  verifierKey: string;

  @Field(() => DateTime, { description: 'When it was signed.' })
  createdAt: Date;
}

export const AuditCheckpointConnection = connectionType(AuditCheckpoint, 'AuditCheckpointConnection');

@ObjectType({ description: 'Proof that a record is in the tree (RFC 6962, section 2.1.1). Hashes are in base64.' })
export class AuditInclusionProof {
  @Field(() => GraphQLSafeInt, { description: 'Place of the leaf: the sequence of the record minus 1.' })
  leafIndex: number;

  @Field(() => GraphQLSafeInt, { description: 'Leaves of the tree that the proof leads to.' })
  treeSize: number;

  @Field(() => String, { description: 'SHA-256 of 0x00 and the record as canonicalRecord gives it.' })
  leafHash: string;

  @Field(() => String, { description: 'Root hash of the tree; compare it with the checkpoint of that size.' })
  root: string;

  @Field(() => [String], { description: 'The sibling hashes from the leaf up to the root.' })
  hashes: string[];
}

@ObjectType({
  description: 'Proof that the log only grew between two sizes (RFC 6962, section 2.1.2). Hashes are in base64.',
})
export class AuditConsistencyProof {
  @Field(() => GraphQLSafeInt, { description: 'Leaves of the earlier tree.' })
  fromSize: number;

  @Field(() => GraphQLSafeInt, { description: 'Leaves of the later tree.' })
  toSize: number;

  @Field(() => String, { description: 'Root hash of the earlier tree.' })
  fromRoot: string;

  @Field(() => String, { description: 'Root hash of the later tree.' })
  toRoot: string;

  @Field(() => [String], { description: 'The hashes that lead from the one root to the other.' })
  hashes: string[];
}

@ArgsType()
export class AuditConsistencyProofArgs {
  @Field(() => GraphQLSafeInt, { description: 'Size of the earlier tree: that of a checkpoint that you have kept.' })
  fromSize: number;

  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Size of the later tree; all that is sealed without it.' })
  toSize?: number | null;
}

@ArgsType()
export class AuditInclusionProofArgs {
  @Field(() => GraphQLSafeInt, { nullable: true, description: 'Size of the tree to prove it in; all that is sealed without it.' })
  treeSize?: number | null;
}

@ObjectType({ description: 'How far the audit log is sealed.' })
export class AuditSealStatus {
  @Field(() => AuditCheckpoint, { nullable: true, description: 'The last checkpoint; null before the first.' })
  checkpoint: AuditCheckpoint | null;

  @Field(() => Int, { description: 'Records that wait for their seal, which takes about a second.' })
  unsealed: number;
}
