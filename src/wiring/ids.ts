import { randomBytes } from 'node:crypto';

const LETTERS = 'abcdefghijkmnpqrstuvwxyz23456789';

/** Ten small letters and digits (50 bits): fit for keys, for names in a cluster, and for people to read out. */
export function newId(): string {
  return [...randomBytes(10)].map(byte => LETTERS[byte % LETTERS.length]).join('');
}
