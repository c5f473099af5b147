// Reading live streams in tests.

/** Reads until one satisfies, that one included, then closes the stream. @throws when it ends before that. */
export async function takeUntil<Value>(
  stream: AsyncGenerator<Value>,
  isLast: (value: Value, taken: readonly Value[]) => boolean,
): Promise<Value[]> {
  const taken: Value[] = [];
  for await (const value of stream) {
    taken.push(value);
    if (isLast(value, taken)) return taken;
  }
  throw new Error(`The stream ended after ${taken.length} values, before the awaited one.`);
}
