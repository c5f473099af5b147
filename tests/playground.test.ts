// The Playground as a newcomer meets it, in a real browser: sign in with a click, pay, and see it happen. One page, told from top to bottom.
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { browserAdvice, chromiumPath, launchBrowser, watchForComplaints } from './support/browser.ts';
import { startedSystem } from './support/system.ts';

const describeInBrowser = chromiumPath() === null ? describe.skip : describe;
const advice = chromiumPath() === null ? ` (${browserAdvice})` : '';
const timeoutMs = 30_000;

describeInBrowser(`the Playground${advice}`, { timeout: 2 * timeoutMs }, () => {
  let browser: Browser;
  let page: Page;
  let complaints: readonly string[];

  beforeAll(async () => {
    const [system, launched] = await Promise.all([startedSystem('embedded'), launchBrowser()]);
    browser = launched;
    const { origin } = new URL(system.graphqlUrls[0] ?? '');
    page = await browser.newPage();
    page.setDefaultTimeout(timeoutMs);
    complaints = watchForComplaints(page, origin);
    await page.goto(`${origin}/`);
    // Until its editors stand, GraphiQL does nothing when Run is pressed.
    await Promise.all([queryEditor(), response()].map((editor) => editor.locator('.view-line').first().waitFor()));
  });
  afterAll(() => browser?.close());

  const queryEditor = (): Locator => page.locator('.graphiql-query-editor');
  const response = (): Locator => page.locator('.result-window');
  const stream = (name: string): Locator => page.getByRole('region', { name: 'Live' }).getByRole('article', { name });

  async function signInAs(name: string): Promise<void> {
    await page.getByRole('banner').getByRole('button', { name }).click();
    await page.getByText(`Signed in as ${name}`).waitFor();
  }
  async function open(tab: string): Promise<void> {
    await page.getByRole('tab', { name: tab }).click();
    await queryEditor().getByText(tab).first().waitFor();
  }
  async function run(tab: string): Promise<void> {
    await open(tab);
    await page.getByRole('button', { name: 'Execute query' }).click();
  }

  it('asks a stranger to sign in, and answers a query across subgraphs after one click', async () => {
    await run('MyMoney');
    await response().getByText('"UNAUTHORIZED_FIELD_OR_TYPE"').waitFor();
    await signInAs('Alice Archer');
    expect(await page.title()).toBe('Alice Archer · ClawPurse Playground');
    await run('MyMoney');
    for (const text of ['"Alice Archer"', '"Everyday"', '"available"']) await response().getByText(text).first().waitFor();
  });

  it('draws the way of the last query through the subgraphs, with times, and leaves the answer as it was asked for', async () => {
    await page.getByRole('button', { name: 'Show Query plan' }).click();
    const plan = page.getByRole('region', { name: 'Query plan' });
    await plan.getByText(/MyMoney took .* ms/).waitFor();
    for (const subgraph of ['auth', 'wallet']) await plan.getByText(subgraph, { exact: true }).first().waitFor();
    expect(await response().innerText()).not.toContain('extensions');
    await page.getByRole('button', { name: 'Hide Query plan' }).click();
  });

  it('shows each state of a transfer live while the transfer’s tab is in front, and makes a new transfer at each run', async () => {
    await run('FollowMyTransfers');
    const events = stream('FollowMyTransfers');
    await events.getByText('waiting for events').waitFor();
    const entering = (state: string) => events.getByText(`${state} · 12.50 · USD · Bread and honey`);

    await run('PayBob');
    await response().getByText('"REQUESTED"').waitFor();
    await entering('COMPLETED').waitFor();
    await run('PayBob');
    await entering('COMPLETED').nth(1).waitFor();
    for (const state of ['REQUESTED', 'APPROVED']) await entering(state).first().waitFor();

    await open('FollowMyTransfers');
    await entering('COMPLETED').first().click();
    await events.getByText('"transactionUpdated"').first().waitFor();
    await events.getByRole('button', { name: 'Stop' }).click();
    await events.getByText('Stopped.').waitFor();
  });

  it('says why somebody may not follow the audit log', async () => {
    await run('FollowAuditLog');
    await stream('FollowAuditLog')
      .getByText('Your token does not give you this field: it needs the scope "audit:read"')
      .waitFor();
  });

  it('documents what each mutation does', async () => {
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    await page.getByRole('link', { name: 'Mutation', exact: true }).click();
    await page.getByRole('link', { name: 'createTransfer', exact: true }).waitFor();
    await page.getByText('Moves money from a wallet that you may spend from to another.').waitFor();
  });

  it('forgets the person on sign-out', async () => {
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('Not signed in').waitFor();
    await run('MyMoney');
    await response().getByText('"UNAUTHORIZED_FIELD_OR_TYPE"').waitFor();
  });

  it('has asked nobody else for anything, and written no error to the console', () => {
    expect(complaints).toEqual([]);
  });
});
