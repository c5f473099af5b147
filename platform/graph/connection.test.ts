import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keysetCursor, rowLimit, toConnection } from './connection.ts';

const walletCursor = keysetCursor('wallets', { createdAt: 'date', id: 'string' });
const entryCursor = keysetCursor('entries', { version: 'number' });

describe('keyset cursors', () => {
  it('carry their key there and back', () => {
    const anyDate = fc.date({ noInvalidDate: true });
    fc.assert(
      fc.property(anyDate, fc.string({ unit: 'binary' }), (createdAt, id) => {
        expect(walletCursor.decode(walletCursor.encode({ createdAt, id }))).toEqual({ createdAt, id });
      }),
    );
  });

  it('are fit for a URL', () => {
    expect(walletCursor.encode({ createdAt: new Date(0), id: 'ÿþ??>>' })).toMatch(/^[A-Za-z0-9_-]+$/);
  });

  it('are null when there is none', () => {
    expect(walletCursor.decode(null)).toBeNull();
    expect(walletCursor.decode(undefined)).toBeNull();
  });

  it('of another list are refused', () => {
    const cursor = entryCursor.encode({ version: 7 });
    expect(() => walletCursor.decode(cursor)).toThrow('it belongs to another list');
  });

  it.each([
    '',
    'nonsense',
    'bnVsbA',
    Buffer.from('["wallets"]').toString('base64url'),
    Buffer.from('["wallets","yesterday","id"]').toString('base64url'),
    Buffer.from('["wallets",1e400,"id"]').toString('base64url'),
    Buffer.from('["wallets",1.5,"id"]').toString('base64url'),
    Buffer.from('["wallets",1,"id","more"]').toString('base64url'),
    Buffer.from('{"0":"wallets"}').toString('base64url'),
  ])('that are damaged are refused: %s', (cursor) => {
    expect(() => walletCursor.decode(cursor)).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
  });

  it.each(['1.5', '1e30', '"1"', 'null'])('with the number %s are refused: no row can have it', (version) => {
    const cursor = Buffer.from(`["entries",${version}]`).toString('base64url');
    expect(() => entryCursor.decode(cursor)).toThrow(expect.objectContaining({ code: 'INVALID_CURSOR' }));
  });
});

describe('a page', () => {
  const cursorOf = (version: number) => entryCursor.encode({ version });
  const page = (rows: number[], args: { first: number; after?: string }) =>
    toConnection(rows, args, cursorOf, (version) => ({ version }));

  it('is cut from one row more than asked for', () => {
    const connection = page([1, 2, 3], { first: 2 });
    expect(rowLimit({ first: 2 })).toBe(3);
    expect(connection.nodes).toEqual([{ version: 1 }, { version: 2 }]);
    expect(connection.pageInfo).toEqual({
      hasNextPage: true,
      hasPreviousPage: false,
      startCursor: cursorOf(1),
      endCursor: cursorOf(2),
    });
  });

  it('knows that it is the last, and not the first', () => {
    expect(page([3], { first: 2, after: cursorOf(2) }).pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true });
  });

  it('has no cursors when it is empty', () => {
    expect(page([], { first: 2 })).toEqual({
      edges: [],
      nodes: [],
      pageInfo: { hasNextPage: false, hasPreviousPage: false, startCursor: null, endCursor: null },
    });
  });
});
