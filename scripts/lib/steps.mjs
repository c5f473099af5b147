// Shows what a script does, step by step, with times.

/** Runs `work`; what it returns, when it is a text, is what came of it. */
export async function step(title, work) {
  const startedMs = performance.now();
  const isTerminal = process.stdout.isTTY === true;
  if (isTerminal) process.stdout.write(`  … ${title}`);
  const finish = (mark, outcome) => {
    if (isTerminal) process.stdout.write('\r\x1b[K');
    console.log(`  ${mark} ${title}${outcome ? `: ${outcome}` : ''} (${((performance.now() - startedMs) / 1000).toFixed(1)} s)`);
  };
  try {
    const outcome = await work();
    finish('✓', typeof outcome === 'string' ? outcome : '');
  } catch (error) {
    finish('✗', '');
    throw error;
  }
}

/** Ends the script with the problem in its own words. */
export function fail(error) {
  console.error(`\n${error instanceof Error ? error.message : error}\n`);
  process.exit(1);
}
