// The users of a run: each has a token, a wallet and one socket of their own, and pays again as soon as the last payment is known to be completed.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import { CreateTransferDocument, TransactionUpdatedDocument } from '../../clients/generated/graphql.ts';
import { createGraphClient, GraphError } from '../../clients/graph-client.ts';
import { type People, type Person, transferInput } from '../../tests/support/people.ts';
import { webSocketUrl } from '../../tests/support/system.ts';
import type { Observed } from './hops.ts';

export interface User {
  readonly person: Person;
  readonly wallet: string;
}

/** More than anybody can spend during a run. */
export const openingCents = 100_000n;
const centsMax = 300;
/** At once, so that passwords are hashed by both processors and no queue runs over. */
const openedAtOnce = 4;
const openStates = ['REQUESTED', 'SCREENING', 'APPROVED', 'POSTING'];
/** A limit, not a wait: no payment takes so long. */
const completesWithinMs = 120_000;
const retryMs = 100;
const retriesMax = 20;

/** New people with a funded wallet each. */
export async function openUsers(people: People, count: number): Promise<User[]> {
  const users: User[] = [];
  let next = 0;
  const open = async () => {
    for (let number = next++; number < count; number = next++) {
      const person = await people.register(`Payer Number${nameOf(number)}`);
      const wallet = await patiently(() => people.openWallet(person));
      await people.deposit(wallet, `${openingCents / 100n}.00`);
      users.push({ person, wallet });
    }
  };
  await Promise.all(Array.from({ length: openedAtOnce }, open));
  return users;
}

/** Names hold no digits. */
const nameOf = (number: number) => [Math.floor(number / 26), number % 26].map((part) => String.fromCharCode(97 + part)).join('');

const now = () => performance.timeOrigin + performance.now();

/** Everybody pays until `endMs`, or until so many payments have been begun, and sees the last one to its end. Gives every payment. */
export async function pay(
  users: readonly User[],
  graphqlUrl: string,
  { endMs = Number.POSITIVE_INFINITY, paymentsMax = Number.POSITIVE_INFINITY },
): Promise<Observed[]> {
  const observed: Observed[] = [];
  let begun = 0;
  await Promise.all(
    users.map(async (user) => {
      const socket = createClient({
        url: webSocketUrl(graphqlUrl),
        webSocketImpl: WebSocket,
        lazy: false,
        retryAttempts: 0,
        onNonLazyError: () => undefined,
        connectionParams: { authorization: `Bearer ${user.person.accessToken}` },
      });
      try {
        while (now() < endMs && begun++ < paymentsMax) observed.push(await payOnce(user, users, graphqlUrl, socket));
      } finally {
        await socket.dispose();
      }
    }),
  );
  return observed;
}

/** As a careful client: asks again, under the same key, for as long as the graph says that it may help. */
async function patiently<Answer>(ask: () => Promise<Answer>): Promise<Answer> {
  for (let retries = 0; ; retries += 1) {
    try {
      return await ask();
    } catch (error) {
      const mayHelp = error instanceof GraphError && error.errors.every(({ extensions }) => extensions?.retryable === true);
      if (!mayHelp || retries === retriesMax) throw error;
      await sleep(retryMs);
    }
  }
}

async function payOnce({ person, wallet }: User, users: readonly User[], url: string, socket: Client): Promise<Observed> {
  const others = users.filter((user) => user.wallet !== wallet);
  const destination = others[Math.floor(Math.random() * others.length)]?.wallet ?? '';
  const amount = ((1 + Math.floor(Math.random() * centsMax)) / 100).toFixed(2);
  const input = transferInput({ source: wallet, destination, amount });
  const graph = createGraphClient({ url, accessToken: () => person.accessToken });
  const sent = now();
  const { createTransfer } = await patiently(() => graph.request(CreateTransferDocument, { input }));
  const answered = now();
  const transactionId = createTransfer.transaction.id;
  const updates = socket.iterate<{ transactionUpdated: { state: string } }>({
    query: TransactionUpdatedDocument.toString(),
    variables: { id: transactionId, after: createTransfer.cursor },
  });
  const late = setTimeout(() => void updates.return?.(), completesWithinMs);
  try {
    for await (const { data, errors } of updates) {
      if (errors) throw new Error(`Following a payment failed: ${JSON.stringify(errors)}`);
      const state = data?.transactionUpdated.state ?? '';
      if (state === 'COMPLETED') return { transactionId, sent, answered, told: now() };
      if (!openStates.includes(state)) throw new Error(`Payment ${transactionId} ended as ${state}.`);
    }
    throw new Error(`Payment ${transactionId} was not completed within ${completesWithinMs / 1_000} s.`);
  } finally {
    clearTimeout(late);
  }
}
