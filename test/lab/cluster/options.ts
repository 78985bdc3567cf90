import { parseArgs } from 'node:util';
import type { Minor } from '../../controlplane/modules.ts';
import { MOST_CONTROL_PLANES, MOST_WORKERS } from './layout.ts';
import { MINORS } from './programs.ts';

/** What a lab is to consist of. */
export interface Shape {
  readonly controlPlanes: number;
  readonly workers: number;
  /** Ascending, without a gap: the cluster begins with the first and can be upgraded to each of the others. */
  readonly minors: readonly Minor[];
}

export type Command =
  | { readonly kind: 'up'; readonly shape: Shape }
  | { readonly kind: 'down' }
  | { readonly kind: 'status' }
  | { readonly kind: 'help' }
  | { readonly kind: 'exec'; readonly host: string; readonly command: readonly string[] }
  | { readonly kind: 'net'; readonly command: readonly string[] }
  | { readonly kind: 'load'; readonly archives: readonly string[] }
  | { readonly kind: 'reboot' | 'stop' | 'start'; readonly host: string };

export const USAGE = `npm run lab -- COMMAND     real hosts on this machine, and a kubeadm cluster of them

  up [--control-planes N] [--workers N] [--from MINOR] [--versions MINOR,MINOR...]
                     boots hosts (1 control plane and 2 workers if you do not say) and makes a cluster of them that
                     runs --from (${defaultFrom()}); packages and images of --versions are at hand (all from there to
                     ${MINORS.at(-1)}); several API servers stand behind a balancer
  down               stops every host, and removes what they wrote
  status             hosts, and the nodes that they are
  exec HOST CMD...   a command on a host, such as: exec cp1 journalctl -u kubelet
  net CMD...         a command in the network of the hosts, with KUBECONFIG set and kubectl on the PATH
  load FILE.tar...   an image archive into every host's containerd
  reboot HOST        as the host itself would, and waits until it is back
  stop HOST          cuts a host's power: it does not come back until it is started
  start HOST         gives it power again, and waits until it has booted

Control-plane hosts are called cp1, cp2..., workers w1, w2... Known minors: ${MINORS.join(', ')}.`;

export class UsageError extends Error {}

/** Throws UsageError with a sentence that helps. */
export function parseCommand(args: readonly string[]): Command {
  const [kind, ...rest] = args;
  switch (kind) {
    case undefined:
    case 'help':
    case '--help':
    case '-h':
      return { kind: 'help' };
    case 'up':
      return rest.includes('--help') ? { kind: 'help' } : { kind, shape: parseUp(rest) };
    case 'down':
    case 'status':
      if (rest.length > 0) throw new UsageError(`"${kind}" takes nothing more, and "${rest.join(' ')}" was given.`);
      return { kind };
    case 'exec':
      return { kind, host: hostIn(kind, rest), command: commandIn(kind, rest.slice(1)) };
    case 'net':
      return { kind, command: commandIn(kind, rest) };
    case 'load':
      if (rest.length === 0) throw new UsageError('"load" needs the archive of an image: load FILE.tar');
      return { kind, archives: rest };
    case 'reboot':
    case 'stop':
    case 'start':
      return { kind, host: hostIn(kind, rest) };
    default:
      throw new UsageError(`There is no command "${kind}".`);
  }
}

function parseUp(args: readonly string[]): Shape {
  const { values } = parseOptions(args);
  return {
    controlPlanes: count('--control-planes', values['control-planes'], 1, MOST_CONTROL_PLANES),
    workers: count('--workers', values.workers, 2, MOST_WORKERS),
    minors: minorsBetween(values.from ?? defaultFrom(), values.versions),
  };
}

function parseOptions(args: readonly string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: { 'control-planes': text, workers: text, from: text, versions: text },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A whole number from 1, or from 0 for workers. */
export function count(name: string, text: string | undefined, otherwise: number, most: number): number {
  const least = name === '--workers' ? 0 : 1;
  if (text === undefined) return otherwise;
  if (/^\d+$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
  throw new UsageError(`${name} is "${text}"; it must be a number from ${least} to ${most}.`);
}

/** One minor before the newest: the shortest way to an upgrade. */
export function defaultFrom(): Minor {
  return MINORS.at(-2) ?? MINORS[0] ?? '1.36';
}

export function minorNamed(name: string, text: string): Minor {
  const found = MINORS.find(minor => minor === text.replace(/^v/, '').split('.').slice(0, 2).join('.'));
  if (found === undefined) throw new UsageError(`${name} is "${text}"; known minors are ${MINORS.join(', ')}.`);
  return found;
}

function minorsBetween(from: string, versions: string | undefined): readonly Minor[] {
  const first = minorNamed('--from', from);
  const rest = MINORS.slice(MINORS.indexOf(first));
  if (versions === undefined) return rest;
  const wanted = new Set(versions.split(',').map(text => minorNamed('--versions', text.trim())));
  wanted.add(first);
  const chosen = MINORS.filter(minor => wanted.has(minor));
  if (chosen[0] !== first || chosen.some((minor, index) => minor !== rest[index])) {
    throw new UsageError(`--versions is "${versions}"; it must go on from ${first} (--from) without a gap.`);
  }
  return chosen;
}

function hostIn(kind: string, [host]: readonly string[]): string {
  if (host === undefined) throw new UsageError(`"${kind}" needs the name of a host, such as cp1.`);
  return host;
}

/** npm hands "--" on where it is not its own. */
function commandIn(kind: string, rest: readonly string[]): readonly string[] {
  const command = rest[0] === '--' ? rest.slice(1) : rest;
  if (command.length === 0) throw new UsageError(`"${kind}" needs a command.`);
  return command;
}
