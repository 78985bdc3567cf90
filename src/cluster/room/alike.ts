/** A number for each object. */
export function createIdentities(): (value: object) => number {
  const numbers = new Map<object, number>();
  return value => {
    const number = numbers.get(value) ?? numbers.size;
    numbers.set(value, number);
    return number;
  };
}

/** A number for each value: those that are written alike have the same, and an object that was seen is known at once. */
export function createNumbering(): (value: object) => number {
  const byObject = new Map<object, number>();
  const byText = new Map<string, number>();
  return value => {
    const known = byObject.get(value);
    if (known !== undefined) return known;
    const text = JSON.stringify(value);
    const number = byText.get(text) ?? byText.size;
    byText.set(text, number);
    byObject.set(value, number);
    return number;
  };
}
