import { describe, expect, it } from 'vitest';
import { type Participants, recipientKeys, senderKeys } from './transaction.rules.ts';

const alice = 'alice';
const bob = 'bob';
const olivia = 'olivia';
const transfer: Participants = {
  requestedBy: alice,
  source: { type: 'WALLET', id: 'wallet-a', ownerId: alice },
  destination: { type: 'WALLET', id: 'wallet-b', ownerId: bob },
};
const deposit: Participants = {
  requestedBy: olivia,
  source: { type: 'EXTERNAL_ACCOUNT', id: 'bank-b', ownerId: bob },
  destination: transfer.destination,
};
const withdrawal: Participants = {
  requestedBy: alice,
  source: transfer.source,
  destination: { type: 'EXTERNAL_ACCOUNT', id: 'bank-a', ownerId: alice },
};

describe('the lists and feeds of a transaction', () => {
  it('lists a deposit apart for its recipient, even when it comes from their own bank', () => {
    expect(senderKeys(deposit)).toEqual(['user:olivia']);
    expect(recipientKeys(deposit)).toEqual(['user:bob', 'wallet:wallet-b']);
  });

  it('lists a transfer for the sender and, apart, for the recipient', () => {
    expect(senderKeys(transfer)).toEqual(['user:alice', 'wallet:wallet-a']);
    expect(recipientKeys(transfer)).toEqual(['user:bob', 'wallet:wallet-b']);
    expect(recipientKeys(withdrawal)).toEqual([]);
  });

  it('names no list twice for a transfer between two wallets of one owner', () => {
    const own = { ...transfer, destination: { ...transfer.destination, ownerId: alice } };
    expect([...senderKeys(own), ...recipientKeys(own)]).toEqual(['user:alice', 'wallet:wallet-a', 'wallet:wallet-b']);
  });
});
