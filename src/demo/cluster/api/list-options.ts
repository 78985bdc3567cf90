import { type ApiError, badRequest } from './status.ts';

/** The numbers of metav1.ListOptions, which lists and watches alike are asked with. */
export interface ListOptions {
  /** How many items a page holds; 0 or less for all of them. */
  readonly limit: number;
  /** How long a watch stays open; undefined where the server is to decide. */
  readonly timeoutSeconds: number | undefined;
}

/** Throws a 400 where one is no number, whether the request makes use of it or not. */
export function listOptionsOf(query: URLSearchParams): ListOptions {
  const number = (name: keyof ListOptions) => {
    const text = query.get(name);
    return text === null ? undefined : numberOf(text, INT64, why => badRequest(why));
  };
  return { limit: number('limit') ?? 0, timeoutSeconds: number('timeoutSeconds') || undefined };
}

/** The `resourceVersion` of a query, 0 for none; lists and watches refuse one that is no number in different ways. */
export function versionOf(query: URLSearchParams, refuse: (why: string) => ApiError): number {
  const text = query.get('resourceVersion');
  if (!text) return 0;
  return numberOf(text, UINT64, why => refuse(`resourceVersion: Invalid value: ${JSON.stringify(text)}: ${why}`));
}

interface NumberKind {
  /** Go's function that reads it. */
  readonly reader: string;
  readonly pattern: RegExp;
  readonly min: bigint;
  readonly max: bigint;
}

const INT64: NumberKind = {
  reader: 'strconv.ParseInt',
  pattern: /^[+-]?\d+$/,
  min: -(2n ** 63n),
  max: 2n ** 63n - 1n,
};
const UINT64: NumberKind = { reader: 'strconv.ParseUint', pattern: /^\d+$/, min: 0n, max: 2n ** 64n - 1n };

function numberOf(text: string, { reader, pattern, min, max }: NumberKind, refuse: (why: string) => ApiError): number {
  const refused = (why: string) => refuse(`${reader}: parsing ${JSON.stringify(text)}: ${why}`);
  if (!pattern.test(text)) throw refused('invalid syntax');
  const value = BigInt(text.replace('+', ''));
  if (value < min || value > max) throw refused('value out of range');
  return Number(value);
}
