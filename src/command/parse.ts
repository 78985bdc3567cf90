import type { Target } from '../plan/request.ts';
import { type Arguments, isClusterName, type Loose, type Mistake, mistake, readArguments } from './arguments.ts';
import type { Command, CommandError } from './command.ts';
import { type KnownUsage, TOPICS, topicOf, USAGES } from './help.ts';
import { nearest, quoted } from './nearest.ts';
import { planOptions } from './plan-options.ts';
import { parseTarget, TARGET_FORMS } from './target.ts';
import { wordsOf } from './words.ts';

/** What stands behind `/k8s`. An error suggests a whole command, and only one that would be understood. */
export function parseCommand(text: string): Command | CommandError {
  const understood = interpret(wordsOf(text));
  if (understood.kind !== 'mistake') return understood;
  return { kind: 'error', sentence: understood.sentence, suggestion: mend(understood.instead, MENDS) };
}

/** So many mistakes in one command are mended; beyond that it is anyone's guess. */
const MENDS = 5;

function mend(words: readonly string[] | undefined, mends: number): string | undefined {
  if (!words || mends === 0) return undefined;
  const understood = interpret(words);
  return understood.kind === 'mistake' ? mend(understood.instead, mends - 1) : `/k8s ${words.join(' ')}`;
}

function interpret(words: readonly string[]): Command | Mistake {
  const asksAt = words.findIndex(word => word === '--help' || word === '--h');
  if (asksAt >= 0) return helpAbout(words.slice(0, asksAt));
  if (words.length === 0) return { kind: 'help', topic: undefined };
  const usage = USAGES.find(({ path }) => path.split(' ').every((word, place) => words[place] === word));
  if (!usage) return words[0] === 'upgrade' ? nothingBelowUpgrade(words) : noCommand(words);
  const given = readArguments(usage, words);
  return given.kind === 'mistake' ? given : commandOf(usage, given, words);
}

function commandOf(usage: KnownUsage, given: Arguments, words: readonly string[]): Command | Mistake {
  if (usage.path === 'help') return help(given);
  if (usage.path === 'upgrade plan') return plan(given, words);
  const named = clusterOf(given, words);
  if (named.kind === 'mistake') return named;
  const { cluster } = named;
  switch (usage.path) {
    case 'status':
      return { kind: 'status', cluster };
    case 'nodes':
      return { kind: 'nodes', cluster, pool: given.values.get('--pool') };
    case 'upgrade versions':
      return { kind: 'versions', cluster };
    case 'upgrade status':
      return { kind: 'run-status', cluster };
    default:
      return { kind: 'run-command', command: usage.order, cluster };
  }
}

function help({ loose }: Arguments): Command | Mistake {
  if (loose.length === 0) return { kind: 'help', topic: undefined };
  const topic = loose.map(({ word }) => word).join(' ');
  if (topicOf(topic)) return { kind: 'help', topic };
  const meant = nearest(topic, TOPICS);
  return mistake(`There is no help about ${quoted(topic)}.`, meant === undefined ? ['help'] : ['help', meant]);
}

/** Before `--help` may stand a command, or the beginning of one. */
function helpAbout(words: readonly string[]): Command {
  const begun = [words.slice(0, 2).join(' '), words[0] ?? ''];
  return { kind: 'help', topic: begun.find(topic => topicOf(topic)) };
}

function plan(given: Arguments, words: readonly string[]): Command | Mistake {
  const asked = targetOf(given, words);
  if (asked.kind === 'mistake') return asked;
  const { values } = given;
  const only = ONLY.find(kind => kind === values.get('--only'));
  const options = planOptions(name => values.get(`--${name}`));
  if ('sentence' in options) return mistake(options.sentence);
  return {
    kind: 'plan',
    cluster: values.get('--cluster'),
    request: {
      target: asked.target,
      strategy: 'rolling',
      only,
      ...options,
    },
  };
}

const ONLY = ['control-plane', 'workers'] as const;

function targetOf({ loose, values }: Arguments, words: readonly string[]): Asked | Mistake {
  const [first, second] = loose;
  if (!first) return { kind: 'asked', target: { kind: 'next' } };
  if (second) {
    const target = loose.find(({ word }) => parseTarget(word).kind !== 'error') ?? first;
    return mistake(
      `${quoted(second.word)} is one word too many: a plan has one target.`,
      aloneOf(target, loose, words),
    );
  }
  const target = parseTarget(first.word);
  if (target.kind !== 'error') return { kind: 'asked', target };
  // Everywhere else the word behind a command is a cluster, so it is one here that was meant before anything unheard of.
  const named = isClusterName(first.word) && !values.has('--cluster') ? ['--cluster', first.word] : undefined;
  const meant = target.meant === undefined ? named : [target.meant];
  return mistake(
    `${quoted(first.word)} is no target: write ${TARGET_FORMS}.`,
    meant && words.toSpliced(first.place, 1, ...meant),
  );
}

interface Asked {
  readonly kind: 'asked';
  readonly target: Target;
}

function clusterOf({ loose, values }: Arguments, words: readonly string[]): Named | Mistake {
  const [first, second] = loose;
  const flag = values.get('--cluster');
  if (!first) return { kind: 'named', cluster: flag };
  if (second) return mistake(`${quoted(second.word)} is one word too many.`, aloneOf(first, loose, words));
  if (!isClusterName(first.word)) {
    return mistake(`${quoted(first.word)} is no name of a cluster: small letters, digits and hyphens.`);
  }
  if (flag !== undefined && flag !== first.word) {
    return mistake(`Two clusters are named, ${quoted(first.word)} and ${quoted(flag)}: ask for one after the other.`);
  }
  return { kind: 'named', cluster: first.word };
}

interface Named {
  readonly kind: 'named';
  readonly cluster: string | undefined;
}

/** The command with one loose word and without the others. */
function aloneOf(kept: Loose, loose: readonly Loose[], words: readonly string[]): string[] {
  return words.filter((_, place) => place === kept.place || loose.every(other => other.place !== place));
}

function noCommand(words: readonly string[]): Mistake {
  const [first = '', ...rest] = words;
  if (LATER_COMMANDS.has(first)) return later(first);
  const [path, below] = isTarget(first) ? [['upgrade', 'plan'], words] : [pathNear(first), rest];
  return mistake(`${quoted(first)} is no command: there are ${FIRST_WORDS.join(', ')}.`, path && [...path, ...below]);
}

function nothingBelowUpgrade(words: readonly string[]): Mistake {
  const [first = '', second, ...rest] = words;
  const choice = `${BELOW_UPGRADE.slice(0, -1).join(', ')} or ${BELOW_UPGRADE.at(-1)}`;
  if (second === undefined) return mistake(`Upgrade what? Behind "upgrade" stands ${choice}.`, [first, 'plan']);
  if (LATER_COMMANDS.has(`${first} ${second}`)) return later(`${first} ${second}`);
  const meant = nearest(second, BELOW_UPGRADE);
  const plans = isTarget(second) || second.startsWith('--');
  const instead = plans ? [first, 'plan', second, ...rest] : meant && [first, meant, ...rest];
  return mistake(`${quoted(second)} is nothing to do with an upgrade: write ${choice}.`, instead || undefined);
}

/** `plan` alone means `upgrade plan`. */
function pathNear(word: string): readonly string[] | undefined {
  const meant = nearest(word, [...FIRST_WORDS, ...BELOW_UPGRADE]);
  if (meant === undefined) return undefined;
  return FIRST_WORDS.includes(meant) ? [meant] : ['upgrade', meant];
}

function isTarget(word: string): boolean {
  return parseTarget(word).kind !== 'error';
}

function later(command: string): Mistake {
  return mistake(`/k8s ${command} belongs to a later version.`);
}

const LATER_COMMANDS: ReadonlySet<string> = new Set(['freeze', 'unfreeze', 'upgrade history']);
const FIRST_WORDS = [...new Set(USAGES.map(({ path }) => path.split(' ')[0] ?? ''))];
const BELOW_UPGRADE = USAGES.flatMap(({ path }) => path.split(' ').slice(1));
