// docs/reference/configuration.md, from the settings that `loadConfig` reads.
import { cell, codeCell } from './source-model.mjs';

export function configurationReference(entries) {
  const rows = entries.map(
    ({ name, description, accepts, default: fallback }) =>
      `| ${codeCell(name)} | ${cell(description)} | ${cell(accepts)} | ${cell(fallback)} |`,
  );
  return `# Configuration

Environment variables, all optional in development. An empty variable counts as not set. A wrong one stops the start, with every
problem named at once; \`npm run doctor\` checks them without starting.

| variable | meaning | accepts | default |
|---|---|---|---|
${rows.join('\n')}`;
}
