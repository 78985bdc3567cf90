import { CLUSTER_NAME } from './forms.ts';
import type { FlagValue, Usage } from './help.ts';
import { nearest, quoted } from './nearest.ts';
import { selectorLength } from './selector-words.ts';

/** Not understood. `instead` are the words of a command that was probably meant; it may hold further mistakes. */
export interface Mistake {
  readonly kind: 'mistake';
  readonly sentence: string;
  readonly instead: readonly string[] | undefined;
}

/** What stands behind the words of a command. */
export interface Arguments {
  readonly kind: 'arguments';
  readonly loose: readonly Loose[];
  /** By the name of the flag. */
  readonly values: ReadonlyMap<string, string>;
}

/** A word that belongs to no flag, and its place among all words. */
export interface Loose {
  readonly word: string;
  readonly place: number;
}

/** Known, and of a later version: better refused than taken for a slip. */
const LATER_FLAGS: ReadonlySet<string> = new Set([
  '--max-unavailable',
  '--max-surge',
  '--canary',
  '--soak',
  '--pool',
  '--skip-drain',
]);
const LATER_VALUES: ReadonlySet<string> = new Set(['all-at-once', 'new-nodes']);

export function mistake(sentence: string, instead?: readonly string[]): Mistake {
  return { kind: 'mistake', sentence, instead };
}

export function isClusterName(word: string): boolean {
  return CLUSTER_NAME.test(word);
}

/** `words` is the whole command. Flags may stand before, between and behind other words, as `--flag value` or `--flag=value`. */
export function readArguments(usage: Usage, words: readonly string[]): Arguments | Mistake {
  const loose: Loose[] = [];
  const values = new Map<string, string>();
  let place = usage.path.split(' ').length;
  while (place < words.length) {
    const word = words[place] ?? '';
    if (!word.startsWith('--')) {
      loose.push({ word, place });
      place += 1;
      continue;
    }
    const read = readFlag(usage, words, place);
    if (read.kind === 'mistake') return read;
    if (values.has(read.name)) return mistake(`${read.name} stands there twice.`);
    values.set(read.name, read.value);
    place = read.next;
  }
  return { kind: 'arguments', loose, values };
}

interface ReadFlag {
  readonly kind: 'flag';
  readonly name: string;
  readonly value: string;
  /** The place of the word behind it. */
  readonly next: number;
}

function readFlag(usage: Usage, words: readonly string[], place: number): ReadFlag | Mistake {
  const [name = '', ...attached] = (words[place] ?? '').split('=');
  const flag = usage.flags.find(known => known.name === name);
  if (!flag) return noFlag(usage, words, place, name);
  if (flag.takes.kind === 'nothing') {
    if (attached.length === 0) return { kind: 'flag', name, value: '', next: place + 1 };
    return mistake(`${name} takes no value.`, words.with(place, name));
  }
  if (flag.takes.kind === 'truth') {
    const value = attached.length === 0 ? 'true' : attached.join('=');
    if (value === 'true' || value === 'false') return { kind: 'flag', name, value, next: place + 1 };
    return mistake(`${name} takes no value but false: write ${name} or ${name}=false.`, words.with(place, name));
  }
  const { value, next } = valueBehind(flag.takes, words, place, attached);
  const takes = flag.takes.kind === 'one-of' ? flag.takes.words.join(' or ') : flag.takes.what;
  if (value === '' || value.startsWith('--')) return mistake(`${name} needs a value: ${takes}.`);
  if (accepts(flag.takes, value)) return { kind: 'flag', name, value, next };
  if (LATER_VALUES.has(value)) {
    return mistake(`${name} ${value} belongs to a later version. This one upgrades one node after another (${takes}).`);
  }
  const meant = nearest(value, flag.takes.kind === 'one-of' ? flag.takes.words : []);
  const instead = meant === undefined ? undefined : words.toSpliced(place, next - place, name, meant);
  return mistake(`${name} takes ${takes}, not ${quoted(value)}.`, instead);
}

/** `attached` are the parts of what stands behind the flag's first `=`. */
function valueBehind(takes: FlagValue, words: readonly string[], place: number, attached: readonly string[]) {
  const behind = place + (attached.length > 0 ? 1 : 2);
  const first = attached.length > 0 ? attached.join('=') : (words[place + 1] ?? '');
  if (takes.kind !== 'selector') return listed(first, words, behind);
  const all = [first, ...words.slice(behind)];
  const length = selectorLength(all);
  return { value: all.slice(0, length).join(' '), next: behind + length - 1 };
}

function accepts(takes: FlagValue, value: string): boolean {
  switch (takes.kind) {
    case 'nothing':
    case 'truth':
      return false;
    case 'selector':
      return true;
    case 'one-of':
      return takes.words.includes(value);
    case 'text':
      return takes.form.test(value);
  }
}

/** A list goes on where a comma stands, whatever spaces are beside it. */
function listed(
  first: string,
  words: readonly string[],
  place: number,
): { readonly value: string; readonly next: number } {
  let value = first;
  let next = place;
  for (let word = words[next]; word && !word.startsWith('--'); word = words[next]) {
    if (!value.endsWith(',') && !word.startsWith(',')) break;
    value += word;
    next += 1;
  }
  return { value, next };
}

function noFlag({ path, flags }: Usage, words: readonly string[], place: number, name: string): Mistake {
  if (LATER_FLAGS.has(name)) {
    return mistake(`${name} belongs to a later version. This one upgrades one node after another.`);
  }
  const known = flags.map(flag => flag.name);
  const has = known.length === 0 ? 'takes none' : `has ${known.join(', ')}`;
  const meant = nearest(name, known);
  const mended = meant && `${meant}${(words[place] ?? '').slice(name.length)}`;
  return mistake(
    `${quoted(name)} is no option of ${path}, which ${has}.`,
    mended ? words.with(place, mended) : undefined,
  );
}
