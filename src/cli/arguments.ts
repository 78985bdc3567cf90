import { parseArgs } from 'node:util';
import { nearest, quoted } from '../command/nearest.ts';

export interface CliOption {
  readonly name: string;
  readonly short?: string;
  /** What stands for the value in the help; undefined for a switch, which takes none. */
  readonly value: string | undefined;
  /** A switch that `=false` turns off. */
  readonly canBeFalse?: boolean;
  /** Everything that the value may be; undefined where it may be anything. */
  readonly values?: readonly string[];
  readonly does: string;
}

export type CliArguments =
  | { readonly kind: 'help' }
  | { readonly kind: 'error'; readonly sentence: string }
  /** Values by the option's name; a switch has the value `true`, or `false`. */
  | { readonly kind: 'read'; readonly values: ReadonlyMap<string, string>; readonly words: readonly string[] };

export const CLUSTER_OPTIONS: readonly CliOption[] = [
  {
    name: 'kubeconfig',
    value: 'FILE',
    does: 'the kubeconfig that names the cluster; without it, KUBECONFIG or ~/.kube/config',
  },
  { name: 'context', value: 'NAME', does: 'the context of the kubeconfig; without it, the current one' },
];

export const OUTPUT_OPTION: CliOption = {
  name: 'output',
  short: 'o',
  value: 'text|json',
  values: ['text', 'json'],
  does: 'text for people (the default), or JSON for scripts',
};

/**
 * Reads what stands behind a command, with sentences of our own for what is wrong with it. `instead` answers options that
 * there are not and that other tools have let people expect, by their names.
 */
export function readArguments(
  args: readonly string[],
  options: readonly CliOption[],
  instead: Readonly<Record<string, string>> = {},
): CliArguments {
  if (args.some(arg => arg === '--help' || arg === '-h')) return { kind: 'help' };
  const { tokens } = parseArgs({
    args: [...args],
    strict: false,
    tokens: true,
    options: Object.fromEntries(
      options.map(({ name, short, value }) => [
        name,
        { type: value === undefined ? 'boolean' : 'string', ...(short === undefined ? {} : { short }) } as const,
      ]),
    ),
  });
  const values = new Map<string, string>();
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option') continue;
    const option = options.find(({ name }) => name === token.name);
    if (!option)
      return wrong(`There is no option ${token.rawName}. ${instead[token.name] ?? whichThere(token.rawName, options)}`);
    if (values.has(option.name)) return wrong(`${token.rawName} stands there twice.`);
    const fault = faultOf(option, token.rawName, token.value, token.inlineValue ?? false);
    if (fault !== undefined) return wrong(fault);
    values.set(option.name, token.value ?? 'true');
  }
  return { kind: 'read', values, words };
}

function faultOf(
  { value: takes, values, canBeFalse = false, does }: CliOption,
  typed: string,
  value: string | undefined,
  attached: boolean,
): string | undefined {
  if (takes === undefined) {
    if (value === undefined || (canBeFalse && (value === 'true' || value === 'false'))) return undefined;
    return canBeFalse ? `${typed} takes no value but false: ${typed}=false.` : `${typed} takes no value.`;
  }
  if (value === undefined || value === '' || (!attached && value.startsWith('--'))) {
    return `${typed} needs a value: ${typed} ${takes} (${does}).`;
  }
  if (!values || values.includes(value)) return undefined;
  return `${typed} takes ${values.join(' or ')}, not ${quoted(value)}.`;
}

function whichThere(typed: string, options: readonly CliOption[]): string {
  const known = [...options.map(({ name }) => `--${name}`), '--help'];
  const meant = nearest(typed, known);
  if (known.length === 1) return `There is only ${known[0]}.`;
  return meant === undefined ? `There are ${known.join(', ')}.` : `Did you mean ${meant}?`;
}

function wrong(sentence: string): CliArguments {
  return { kind: 'error', sentence };
}

/** The lines that `--help` prints: the usage, what the command does, and its options in a table. */
export function helpLines(usage: string, does: readonly string[], options: readonly CliOption[]): string {
  const rows = [...options, { name: 'help', short: 'h', value: undefined, does: 'this text' }].map(option => ({
    left: `${option.short === undefined ? '    ' : `-${option.short}, `}--${option.name}${option.value === undefined ? '' : ` ${option.value}`}`,
    does: option.does,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length)) + 2;
  return `${[usage, '', ...does, '', ...rows.map(row => `  ${row.left.padEnd(width)}${row.does}`)].join('\n')}\n`;
}
