import { parseArgs } from 'node:util';
import { MOST_CONTROL_PLANES, MOST_WORKERS } from './cluster/layout.ts';
import { count, defaultFrom, minorNamed, type Shape, UsageError } from './cluster/options.ts';
import { MINORS } from './cluster/programs.ts';

export const USAGE = `npm run test:lab [-- --control-planes N] [--workers N] [--from MINOR] [--to MINOR] [--keep] [--if-possible]

Boots real hosts on this machine (1 control plane and 2 workers if you do not say), makes a kubeadm cluster of them,
installs Capstan into it by helm, and has it upgraded from --from (${defaultFrom()}) to --to (${MINORS.at(-1)}) from a simulated
Slack; kills the workers three times on the way. Then reboots a worker, and leaves another without power for a while.

  --keep          leaves the hosts as they are where something fails
  --if-possible   ends with 0, and one sentence, where this machine cannot do it`;

/** One run of the lab. */
export interface Job {
  readonly shape: Shape;
  readonly keep: boolean;
  readonly ifPossible: boolean;
}

/** Throws UsageError with a sentence that helps. */
export function parseJob(args: readonly string[]): Job | 'help' {
  const values = parseOptions(args);
  if (values.help) return 'help';
  const from = minorNamed('--from', values.from ?? defaultFrom());
  const to = minorNamed('--to', values.to ?? MINORS.at(-1) ?? from);
  const minors = MINORS.slice(MINORS.indexOf(from), MINORS.indexOf(to) + 1);
  if (minors.length < 2) throw new UsageError(`From ${from} (--from) to ${to} (--to) there is nothing to upgrade.`);
  return {
    shape: {
      controlPlanes: count('--control-planes', values['control-planes'], 1, MOST_CONTROL_PLANES),
      workers: count('--workers', values.workers, 2, MOST_WORKERS),
      minors,
    },
    keep: values.keep,
    ifPossible: values['if-possible'],
  };
}

function parseOptions(args: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const options = {
    ...{ 'control-planes': text, workers: text, from: text, to: text },
    ...{ keep: flag, 'if-possible': flag, help: flag },
  };
  try {
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}
