import { CLUSTER_OPTIONS, type CliOption, helpLines, OUTPUT_OPTION, readArguments } from '../cli/arguments.ts';
import { statusJson } from '../cli/status-json.ts';
import { statusText } from '../cli/status-text.ts';
import { clusterStatus } from '../plan/cluster-status.ts';
import { isWrong } from '../plan/component-table.ts';
import { couldNotLook, type Surroundings, withCluster } from './command-line.ts';

const OPTIONS: readonly CliOption[] = [...CLUSTER_OPTIONS, OUTPUT_OPTION];

const HELP = helpLines(
  'capstan status [options]',
  [
    'Prints which version every component of the cluster has, which it may have, and until when it is supported.',
    'Reads only. Exit code 0: within the version-skew policy, 2: not so, or not known, 1: could not look.',
  ],
  OPTIONS,
);

/** `capstan status`: reads only. Returns the exit code. */
export async function runStatusCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const read = readArguments(args, OPTIONS);
  if (read.kind === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (read.kind === 'error') return couldNotLook('status', read.sentence);
  const [word] = read.words;
  if (word !== undefined)
    return couldNotLook('status', `"${word}" is one word too many: the kubeconfig names the cluster.`);
  return await withCluster('status', read.values, surroundings, ({ snapshot, calendar }) => {
    const status = clusterStatus(snapshot, calendar);
    const write = read.values.get('output') === 'json' ? statusJson : statusText;
    process.stdout.write(write(snapshot.name, status));
    const wrong = status.skew.length > 0 || status.components.some(({ verdict }) => isWrong(verdict));
    return wrong || status.unreadable.length > 0 ? 2 : 0;
  });
}
