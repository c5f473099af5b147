// A front end in one file: signs in, pays somebody, and follows the payment to its end.
//   node dist/clients/examples/pay.js http://localhost:4000/graphql alice@clawpurse.dev alice-keeps-bees <from> <to> 12.50 USD
import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { WebSocket } from 'ws';
import { follow } from '../follow.ts';
import {
  CreateTransferDocument,
  SignInDocument,
  type TransactionState,
  TransactionUpdatedDocument,
} from '../generated/graphql.ts';
import { createGraphClient } from '../graph-client.ts';

export interface Payment {
  /** The gateway's GraphQL endpoint; the WebSocket's is the same with `ws:`. */
  readonly url: string;
  readonly email: string;
  readonly password: string;
  readonly sourceWalletId: string;
  readonly destinationWalletId: string;
  readonly amount: string;
  readonly asset: string;
}

const finalStates: readonly TransactionState[] = ['COMPLETED', 'REJECTED', 'FAILED'];

/** Pays, tells each state as it happens, and gives the last one. */
export async function pay(payment: Payment, tell: (line: string) => void): Promise<TransactionState> {
  const { url, email, password, sourceWalletId, destinationWalletId, amount, asset } = payment;
  const { signIn } = await createGraphClient({ url }).request(SignInDocument, { input: { email, password } });
  tell(`Signed in as ${signIn.user.displayName}.`);

  const graph = createGraphClient({ url, accessToken: () => signIn.accessToken });
  const { createTransfer } = await graph.request(CreateTransferDocument, {
    // Should the answer get lost, the same request with the same key is safe to send again.
    input: { idempotencyKey: randomUUID(), sourceWalletId, destinationWalletId, amount: { amount, asset } },
  });
  tell(`Transfer ${createTransfer.transaction.id} is recorded.`);

  const updates = follow({
    url: url.replace(/^http/, 'ws'),
    document: TransactionUpdatedDocument,
    variables: { id: createTransfer.transaction.id, after: createTransfer.cursor },
    cursorOf: ({ transactionUpdated }) => transactionUpdated.cursor,
    accessToken: () => signIn.accessToken,
    webSocketImpl: WebSocket,
  });
  for await (const { transactionUpdated: update } of updates) {
    tell(`${update.state}${update.reason === null ? '' : `: ${update.reason.message}`}`);
    if (finalStates.includes(update.state)) return update.state;
  }
  throw new Error('The subscription ended before the transfer did.');
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [url, email, password, sourceWalletId, destinationWalletId, amount, asset] = process.argv.slice(2);
  if (!url || !email || !password || !sourceWalletId || !destinationWalletId || !amount || !asset) {
    console.error('Usage: pay <graph url> <e-mail> <password> <from wallet> <to wallet> <amount> <asset>');
    process.exit(2);
  }
  await pay({ url, email, password, sourceWalletId, destinationWalletId, amount, asset }, console.log);
}
