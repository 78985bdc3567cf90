/** Whether two values would be the same JSON, whatever the order of their fields; an undefined field is an absent one. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const one = definedEntries(a);
  const other = new Map(definedEntries(b));
  return one.length === other.size && one.every(([key, value]) => other.has(key) && sameJson(value, other.get(key)));
}

function definedEntries(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, each]) => each !== undefined);
}
