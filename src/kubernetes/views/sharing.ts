/**
 * Thousands of pods have the same labels, tolerations and requests: what is equal is kept once. That is most of what a
 * pod's view holds, and whoever groups views can compare them by identity first.
 */
export interface Sharing {
  /** One text for all that are equal. */
  text(value: string): string;
  /** One object for all that are written alike. The value must not be changed afterwards. */
  value<T extends object>(value: T): T;
}

/** Remembers what it has seen for as long as it is kept itself: one for each list that is read. */
export function createSharing(): Sharing {
  const texts = new Map<string, string>();
  const values = new Map<string, object>();
  return {
    text(value) {
      const known = texts.get(value);
      if (known === undefined) texts.set(value, value);
      return known ?? value;
    },
    value<T extends object>(value: T): T {
      const key = JSON.stringify(value);
      const known = values.get(key);
      if (known === undefined) values.set(key, value);
      // Written alike they are of one shape.
      return (known as T | undefined) ?? value;
    },
  };
}

/** Where few objects are read there is little to share. */
export const UNSHARED: Sharing = { text: value => value, value: value => value };
