import { NoAnswer } from './api-error.ts';

/** What every list of the API says of itself (metav1.ListMeta). */
export interface ListHead {
  /** The moment that the list shows; the same on all of its pages. */
  readonly resourceVersion: string;
  /** Where the next page begins; undefined on the last. */
  readonly next: string | undefined;
}

interface WireList {
  readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const MANAGED_FIELDS = '"managedFields":';
const BEFORE_ITEMS = /"items"\s*:\s*$/;

/**
 * Cuts the JSON of a list into its objects while it is being received, so that never more than one of them is held as a
 * whole. Looks only for quotes, braces and brackets; whether the rest is JSON shows when each text is parsed. The API
 * server writes `metadata` before `items`: then the head is known as soon as the first objects come.
 *
 * `metadata.managedFields` comes out as an empty list: nothing that lists objects reads who wrote which field, and it is
 * up to half of what is sent.
 */
export class ListScanner {
  /** Braces and brackets that are open: in the list itself, or in the object of it that is being cut out. */
  #depth = 0;
  #quoted = false;
  /** 1 where the first byte of the next chunk is escaped by the last one of this. */
  #skip = 0;
  #inItems = false;
  /** How many lists deep we are in the managed fields of an object; 0 outside of them. */
  #managed = 0;
  /** The list without its objects. */
  readonly #frame: Buffer[] = [];
  /** The beginning of an object that has not ended. */
  #held: Buffer[] = [];
  #head: ListHead | undefined;

  /** undefined until it has been read. */
  get head(): ListHead | undefined {
    return this.#head;
  }

  /** The texts of the objects that end in this chunk. */
  take(chunk: Buffer): string[] {
    const ended: string[] = [];
    for (let from = 0; from < chunk.length; ) {
      from = this.#inItems ? this.#cutItems(chunk, from, ended) : this.#passFrame(chunk, from);
    }
    return ended;
  }

  /** Called when everything has come. Throws NoAnswer where that was no list, or not the whole of one. */
  end(): ListHead {
    if (this.#depth > 0 || this.#inItems) throw new NoAnswer('its list broke off');
    const head = headOf(Buffer.concat(this.#frame).toString('utf8'));
    if (!head) throw new NoAnswer('it sent something that is no list');
    return head;
  }

  /** Up to the first object, or to the end of the chunk; returns where that is. */
  #passFrame(chunk: Buffer, from: number): number {
    let place = from === 0 ? this.#skip : from;
    for (; place < chunk.length; place += 1) {
      const byte = chunk[place];
      if (this.#quoted) {
        if (byte === BACKSLASH) place += 1;
        else if (byte === QUOTE) this.#quoted = false;
      } else if (byte === QUOTE) this.#quoted = true;
      else if (byte === CLOSE || byte === CLOSE_LIST) this.#depth -= 1;
      else if (byte === OPEN || byte === OPEN_LIST) {
        this.#depth += 1;
        if (this.#depth === 2 && byte === OPEN_LIST && this.#beginsItems(chunk.subarray(from, place))) return place + 1;
      }
    }
    this.#frame.push(chunk.subarray(from));
    this.#skip = place - chunk.length;
    return chunk.length;
  }

  #beginsItems(passed: Buffer): boolean {
    const before = Buffer.concat([...this.#frame, passed]).toString('utf8');
    if (!BEFORE_ITEMS.test(before)) return false;
    this.#frame.push(passed, EMPTY_LIST);
    this.#head = headOf(`${before}[]}`);
    this.#inItems = true;
    this.#depth = 0;
    return true;
  }

  /** Up to the end of the last object, or of the chunk; returns where that is. The hot loop of reading a cluster. */
  #cutItems(chunk: Buffer, from: number, ended: string[]): number {
    let depth = this.#depth;
    let quoted = this.#quoted;
    // Where that begins which is not held yet; -1 between objects, and among managed fields.
    let start = depth > 0 && this.#managed === 0 ? 0 : -1;
    let place = from === 0 ? this.#skip : from;
    for (; place < chunk.length; place += 1) {
      const byte = chunk[place];
      if (quoted) {
        if (byte === BACKSLASH) place += 1;
        else if (byte === QUOTE) quoted = false;
      } else if (byte === QUOTE) quoted = true;
      else if (byte === OPEN) {
        if (depth === 0) start = place;
        depth += 1;
      } else if (byte === CLOSE) {
        depth -= 1;
        if (depth === 0) {
          ended.push(this.#textWith(chunk.subarray(start, place + 1)));
          start = -1;
        }
      } else if (byte === OPEN_LIST) {
        if (this.#managed > 0) this.#managed += 1;
        else if (depth === 2 && this.#endsWithManagedFields(chunk, start, place)) {
          this.#held.push(chunk.subarray(start, place + 1));
          this.#managed = 1;
          start = -1;
        }
      } else if (byte === CLOSE_LIST) {
        if (this.#managed > 0) {
          this.#managed -= 1;
          if (this.#managed === 0) start = place;
        } else if (depth === 0) {
          this.#inItems = false;
          this.#depth = 1;
          this.#quoted = false;
          return place + 1;
        }
      }
    }
    if (start >= 0) this.#held.push(chunk.subarray(start));
    this.#depth = depth;
    this.#quoted = quoted;
    this.#skip = place - chunk.length;
    return chunk.length;
  }

  /** Whether the list that begins here is that of the managed fields. */
  #endsWithManagedFields(chunk: Buffer, start: number, place: number): boolean {
    const pieces = [chunk.subarray(Math.max(start, place - MANAGED_FIELDS.length), place)];
    for (let at = this.#held.length - 1; at >= 0 && lengthOf(pieces) < MANAGED_FIELDS.length; at -= 1)
      pieces.unshift(this.#held[at] ?? EMPTY_LIST);
    return Buffer.concat(pieces).toString('latin1').endsWith(MANAGED_FIELDS);
  }

  #textWith(last: Buffer): string {
    if (this.#held.length === 0) return last.toString('utf8');
    const whole = Buffer.concat([...this.#held, last]);
    this.#held = [];
    return whole.toString('utf8');
  }
}

const EMPTY_LIST = Buffer.from('[]');

function lengthOf(pieces: readonly Buffer[]): number {
  return pieces.reduce((sum, piece) => sum + piece.length, 0);
}

/** undefined where that is no list, or not yet one that says something of itself. */
function headOf(text: string): ListHead | undefined {
  const { metadata } = parseObject(text) as WireList;
  if (!metadata) return undefined;
  return { resourceVersion: metadata.resourceVersion ?? '', next: metadata.continue || undefined };
}

function parseObject(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}
