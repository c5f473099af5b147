// Relay connections over keyset pagination: types, arguments, and the cut of a page. No database in here.
import 'reflect-metadata';
import { Max, Min } from 'class-validator';
import { ArgsType, type ClassType, Directive, Field, Int, ObjectType } from 'type-graphql';
import { platformErrors } from '../errors.ts';
import { Cursor } from './scalars.ts';

export const pageSizeMax = 100;
export const pageSizeDefault = 20;

@ObjectType({ description: 'Where a page lies in its list.' })
@Directive('@shareable')
export class PageInfo {
  @Field(() => Boolean, { description: 'True when there is more after this page.' })
  hasNextPage: boolean;

  @Field(() => Boolean, { description: 'True when this page does not start the list.' })
  hasPreviousPage: boolean;

  @Field(() => Cursor, { nullable: true, description: 'Cursor of the first item; null on an empty page.' })
  startCursor: string | null;

  @Field(() => Cursor, {
    nullable: true,
    description: 'Cursor of the last item; null on an empty page. Send it as `after` to go on.',
  })
  endCursor: string | null;
}

@ArgsType()
export class ConnectionArgs {
  @Field(() => Int, { defaultValue: pageSizeDefault, description: 'How many items to return: 1 to 100.' })
  @Min(1)
  @Max(pageSizeMax)
  first: number;

  @Field(() => Cursor, { nullable: true, description: 'Return the items after this cursor.' })
  after?: string | null;
}

export interface Edge<Node> {
  readonly cursor: string;
  readonly node: Node;
}

export interface Connection<Node> {
  readonly edges: readonly Edge<Node>[];
  readonly nodes: readonly Node[];
  readonly pageInfo: PageInfo;
}

/**
 * Declares `<Node>Connection` and `<Node>Edge` for a node type.
 *
 * @example
 * export const WalletConnection = connectionType(WalletType, 'WalletConnection');
 * // in a resolver: @Query(() => WalletConnection)
 */
export function connectionType<Node extends object>(
  nodeType: ClassType<Node>,
  name: `${string}Connection`,
): ClassType<Connection<Node>> {
  const noun = name.slice(0, -'Connection'.length);

  @ObjectType(`${noun}Edge`, { description: `A ${noun} and its place in the list.` })
  class EdgeType implements Edge<Node> {
    @Field(() => Cursor, { description: 'Place of the item in the list.' })
    cursor: string;

    @Field(() => nodeType, { description: 'The item.' })
    node: Node;
  }

  @ObjectType(name, { description: `A page of a list of ${noun}.` })
  class ConnectionType implements Connection<Node> {
    @Field(() => [EdgeType], { description: 'The items with their cursors.' })
    edges: EdgeType[];

    @Field(() => [nodeType], { description: 'The items alone.' })
    nodes: Node[];

    @Field(() => PageInfo, { description: 'Where the page lies in the list.' })
    pageInfo: PageInfo;
  }

  return ConnectionType;
}

/**
 * Cuts a page from rows that were read with a limit of `first + 1`: the extra row only says that there is more.
 *
 * @example
 * const rows = await repository.wallets({ ownerId, after: walletCursor.decode(args.after), limit: rowLimit(args) });
 * return toConnection(rows, args, (row) => walletCursor.encode(row), toWalletType);
 */
export function toConnection<Row, Node>(
  rows: readonly Row[],
  args: Pick<ConnectionArgs, 'first' | 'after'>,
  cursorOf: (row: Row) => string,
  toNode: (row: Row) => Node,
): Connection<Node> {
  const edges = rows.slice(0, args.first).map((row) => ({ cursor: cursorOf(row), node: toNode(row) }));
  return {
    edges,
    nodes: edges.map((edge) => edge.node),
    pageInfo: {
      hasNextPage: rows.length > args.first,
      hasPreviousPage: args.after !== undefined && args.after !== null,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}

/** How many rows to read for a page: one more than asked for, to know whether there is a next page. */
export function rowLimit(args: Pick<ConnectionArgs, 'first'>): number {
  return args.first + 1;
}

interface KeyPartTypes {
  string: string;
  number: number;
  date: Date;
}
type KeyShape = Readonly<Record<string, keyof KeyPartTypes>>;
type KeyOf<Shape extends KeyShape> = { readonly [Part in keyof Shape]: KeyPartTypes[Shape[Part]] };

export interface KeysetCursor<Shape extends KeyShape> {
  encode(key: KeyOf<Shape>): string;
  /** Null for no cursor. @throws INVALID_CURSOR for one that is damaged or belongs to another list. */
  decode(cursor: string | null | undefined): KeyOf<Shape> | null;
}

/**
 * Cursors that carry the sort key of a row, so that a page costs the same wherever it lies.
 *
 * @example
 * const walletCursor = keysetCursor('wallets', { createdAt: 'date', id: 'string' });
 */
export function keysetCursor<const Shape extends KeyShape>(list: string, shape: Shape): KeysetCursor<Shape> {
  const parts = Object.entries(shape);
  return {
    encode(key) {
      const values = parts.map(([name]) => {
        const value = key[name as keyof Shape];
        return value instanceof Date ? value.getTime() : value;
      });
      return Buffer.from(JSON.stringify([list, ...values])).toString('base64url');
    },
    decode(cursor) {
      if (cursor === null || cursor === undefined) return null;
      const [foundList, ...values] = parseCursor(cursor);
      if (foundList !== list) throw platformErrors.INVALID_CURSOR({ cursor, problem: 'it belongs to another list' });
      const fits = values.length === parts.length && parts.every(([, kind], index) => isPart(values[index], kind));
      if (!fits) throw platformErrors.INVALID_CURSOR({ cursor, problem: 'it is damaged' });
      const entries = parts.map(([name, kind], index) => [
        name,
        kind === 'date' ? new Date(values[index] as number) : values[index],
      ]);
      return Object.fromEntries(entries) as KeyOf<Shape>;
    },
  };
}

function parseCursor(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'));
    if (Array.isArray(parsed)) return parsed;
  } catch {
    // Falls through: whatever was wrong with it, the caller learns the same.
  }
  throw platformErrors.INVALID_CURSOR({ cursor, problem: 'it is damaged' });
}

function isPart(value: unknown, kind: keyof KeyPartTypes): boolean {
  if (kind === 'string') return typeof value === 'string';
  if (kind === 'number') return Number.isSafeInteger(value);
  return typeof value === 'number' && Number.isInteger(value) && Math.abs(value) <= 8.64e15;
}
