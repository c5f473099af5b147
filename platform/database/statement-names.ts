// Which statements a connection to PostgreSQL keeps prepared. Half of what the server does for a small statement is to parse and plan it.

/** Sightings before a statement is worth its place: lists of different lengths make many texts, of which few come again. */
const sightingsMin = 5;
/** A connection keeps each prepared statement for as long as it lives, with some ten kilobytes of plan. */
const namesMax = 250;
const countedMax = 2_000;
const charsMax = 10_000;

/**
 * A prepared statement fails for good once a migration gives its result another shape, which happens to `SELECT *` alone as long as columns
 * are only added. `count(*)` is none.
 */
const hasOpenResult = (text: string) => /\*(?!\s*\))/.test(text);

/** Gives the name of a statement, or undefined while it is to be sent as it is. One text always has the same name. */
export function createStatementNames(): (text: string) => string | undefined {
  const names = new Map<string, string>();
  let sightings = new Map<string, number>();
  return (text) => {
    const known = names.get(text);
    if (known !== undefined || names.size >= namesMax || text.length > charsMax) return known;
    const seen = (sightings.get(text) ?? 0) + 1;
    if (seen < sightingsMin || hasOpenResult(text)) {
      if (sightings.size >= countedMax) sightings = new Map();
      sightings.set(text, seen);
      return undefined;
    }
    sightings.delete(text);
    const name = `p${names.size}`;
    names.set(text, name);
    return name;
  };
}
