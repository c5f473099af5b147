// The named tabs a newcomer finds open. They run as they are on the demonstration data.
export const exampleTabs: { query: string; variables?: string }[] = [];
