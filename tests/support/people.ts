// People who use the system from outside, through the typed client alone.
import { randomBytes, randomUUID } from 'node:crypto';
import { WebSocket } from 'ws';
import { type FollowOptions, follow } from '../../clients/follow.ts';
import * as graph from '../../clients/generated/graphql.ts';
import { createGraphClient, type GraphClient, GraphError, type TypedDocument } from '../../clients/graph-client.ts';
import { demoExternalAccounts, demoUsers } from '../../platform/demo.ts';
import { createGatewayChooser, type System, webSocketUrl } from './system.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly accessToken: string;
  readonly client: GraphClient;
  /** Follows a subscription from a cursor on; give `url` to stay with one gateway. */
  follow<Result, Variables extends { after?: string | null }>(
    options: Pick<FollowOptions<Result, Variables>, 'document' | 'variables' | 'cursorOf'> & {
      url?: string;
      signal?: AbortSignal;
    },
  ): AsyncGenerator<Result>;
}

export interface People {
  /** Somebody who registers now, with a name and address of their own. */
  register(displayName: string): Promise<Person>;
  signIn(credentials: { email: string; password: string }): Promise<Person>;
  demo(name: keyof typeof demoUsers): Promise<Person>;
  openWallet(owner: Person, name?: string): Promise<string>;
  /** Money from outside, confirmed by the operator and posted before this resolves. US dollars. */
  deposit(walletId: string, amount: string): Promise<void>;
  /** Requests a transfer in US dollars and waits for its end. */
  pay(from: Person, transfer: { source: string; destination: string; amount: string }): Promise<graph.TransactionState>;
  /** What may be spent, in US dollars. */
  balance(owner: Person, walletId: string): Promise<string>;
}

const finalStates: readonly graph.TransactionState[] = ['COMPLETED', 'REJECTED', 'FAILED', 'EXPIRED'];

const RegisterDocument =
  `mutation Register($input: RegisterInput!) { register(input: $input) { email } }` as unknown as TypedDocument<
    { register: { email: string } },
    { input: { email: string; password: string; displayName: string } }
  >;
const CreateDepositDocument =
  `mutation CreateDeposit($input: CreateDepositInput!) { createDeposit(input: $input) { cursor transaction { id } } }` as unknown as TypedDocument<
    { createDeposit: { cursor: string; transaction: { id: string } } },
    { input: Record<string, unknown> }
  >;

export function peopleOf(system: System): People {
  const nextUrl = createGatewayChooser(system);
  const anonymous: GraphClient = {
    request: (document, variables) => createGraphClient({ url: nextUrl() }).request(document, variables),
  };
  const signedIn = new Map<string, Promise<Person>>();

  async function signIn(credentials: { email: string; password: string }): Promise<Person> {
    const { signIn: session } = await anonymous.request(graph.SignInDocument, { input: credentials });
    const { accessToken } = session;
    return {
      id: session.user.id,
      name: session.user.displayName,
      accessToken,
      client: {
        request: (document, variables) =>
          createGraphClient({ url: nextUrl(), accessToken: () => accessToken }).request(document, variables),
      },
      follow: ({ url = nextUrl(), ...options }) =>
        follow({
          ...options,
          url: webSocketUrl(url),
          accessToken: () => accessToken,
          webSocketImpl: WebSocket,
          retryDelayMsMax: 500,
        }),
    };
  }

  function demo(name: keyof typeof demoUsers): Promise<Person> {
    const person = signedIn.get(name) ?? signIn({ email: demoUsers[name].email, password: demoUsers[name].password });
    signedIn.set(name, person);
    return person;
  }

  async function outcomeOf(person: Person, id: string, after: string): Promise<graph.TransactionState> {
    const updates = person.follow({
      document: graph.TransactionUpdatedDocument,
      variables: { id, after },
      cursorOf: ({ transactionUpdated }) => transactionUpdated.cursor,
    });
    for await (const { transactionUpdated } of updates) {
      if (finalStates.includes(transactionUpdated.state)) return transactionUpdated.state;
    }
    throw new Error(`The subscription to ${id} ended before the transaction did.`);
  }

  return {
    signIn,
    demo,
    async register(displayName) {
      const email = `${displayName.toLowerCase().replaceAll(' ', '.')}.${randomBytes(6).toString('hex')}@example.com`;
      const password = `${randomBytes(12).toString('base64url')}-Aa1`;
      await anonymous.request(RegisterDocument, { input: { email, password, displayName } });
      return signIn({ email, password });
    },
    async openWallet(owner, name = 'Everyday') {
      const { openWallet } = await owner.client.request(graph.OpenWalletDocument, { input: { name } });
      return openWallet.wallet.id;
    },
    async deposit(walletId, amount) {
      const olivia = await demo('olivia');
      const input = {
        idempotencyKey: randomUUID(),
        externalAccountId: demoExternalAccounts.treasuryBank,
        walletId,
        amount: { amount, asset: 'USD' },
      };
      const { createDeposit } = await olivia.client.request(CreateDepositDocument, { input });
      const state = await outcomeOf(olivia, createDeposit.transaction.id, createDeposit.cursor);
      if (state !== 'COMPLETED') throw new Error(`The deposit ended as ${state}.`);
    },
    async pay(from, { source, destination, amount }) {
      const { createTransfer } = await from.client.request(graph.CreateTransferDocument, {
        input: transferInput({ source, destination, amount }),
      });
      return outcomeOf(from, createTransfer.transaction.id, createTransfer.cursor);
    },
    async balance(owner, walletId) {
      const { me } = await owner.client.request(graph.MyWalletsDocument, {});
      const wallet = me?.wallets?.nodes.find(({ id }) => id === walletId);
      if (!wallet) throw new Error(`${owner.name} has no wallet ${walletId}.`);
      return wallet.balances.find(({ available }) => available.asset.code === 'USD')?.available.amount ?? '0.00';
    },
  };
}

/** A transfer in US dollars under a key of its own, unless one is given. */
export function transferInput(transfer: {
  source: string;
  destination: string;
  amount: string;
  asset?: string;
  idempotencyKey?: string;
}): graph.CreateTransferInput {
  return {
    idempotencyKey: transfer.idempotencyKey ?? randomUUID(),
    sourceWalletId: transfer.source,
    destinationWalletId: transfer.destination,
    amount: { amount: transfer.amount, asset: transfer.asset ?? 'USD' },
  };
}

/** The stable code with which the graph refused. @throws when it did not refuse. */
export async function refusalOf(answer: Promise<unknown>): Promise<string> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof GraphError) return error.code;
    throw error;
  }
  throw new Error('It was not refused.');
}
