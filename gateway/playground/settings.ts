// What the gateway tells the Playground about itself. Demo users are listed only when the server runs with demonstration data.

export interface DemoUser {
  readonly name: string;
  readonly email: string;
  readonly password: string;
  /** What the person may do, for the tooltip: "customer", "compliance officer"… */
  readonly role: string;
}

export interface Settings {
  readonly graphqlPath: string;
  readonly demoUsers: readonly DemoUser[];
}

const withoutDemo: Settings = { graphqlPath: '/graphql', demoUsers: [] };

/** Reads `playground.json` beside the page; a gateway over a foreign supergraph may not have one. */
export async function loadSettings(): Promise<Settings> {
  const answer = await fetch('./playground.json').catch(() => null);
  if (answer === null || !answer.ok) return withoutDemo;
  return { ...withoutDemo, ...((await answer.json()) as Partial<Settings>) };
}
