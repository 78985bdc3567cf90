import { helpLines, readArguments } from '../cli/arguments.ts';
import { nearest } from '../command/nearest.ts';
import { waivableCodes } from '../plan/checks.ts';
import { explainPolicy } from '../policy/explain.ts';
import type { ClusterPolicy } from '../policy/policy.ts';
import { readPolicyFile } from '../runtime/policy-file.ts';

const USAGE = 'Write: capstan policy check [FILE]    (without FILE it is the one that CAPSTAN_POLICY names)';

const HELP = helpLines(
  'capstan policy check [FILE]',
  [
    'Says in words what a policy file amounts to for each of its clusters. Without FILE it is the one that CAPSTAN_POLICY names.',
    'Exit code 0: it can be used, 2: it cannot, with every fault and its line.',
  ],
  [],
);

/**
 * `capstan policy check`: says in words what a policy file amounts to. Returns the exit code: 0 where it can be used, 2
 * where it cannot, with every fault.
 */
export function runPolicyCommand(args: readonly string[], { policy }: { readonly policy: string | undefined }): number {
  const read = readArguments(args, []);
  if (read.kind === 'help') {
    process.stdout.write(HELP);
    return 0;
  }
  if (read.kind === 'error') return refuse([read.sentence]);
  const [word, path, ...more] = read.words;
  const file = path ?? policy;
  if (word !== 'check' || file === undefined || more.length > 0) return refuse([USAGE]);
  const reading = readPolicyFile(file, []);
  if (reading.kind !== 'ok') return refuse(reading.faults);
  const now = Date.now();
  const parts = [...reading.clusters].map(([name, cluster]) => clusterText(name, cluster, now));
  process.stdout.write(`${parts.join('\n')}`);
  return 0;
}

function clusterText(name: string, policy: ClusterPolicy, now: number): string {
  const lines = [...explainPolicy(policy, now), ...uselessCodes(policy)];
  return `Cluster ${name}\n${lines.map(line => `  - ${line}\n`).join('')}`;
}

/** No fault: a newer Capstan, which knows the code, may read the same file. */
function uselessCodes({ waivable }: ClusterPolicy): string[] {
  const known = waivableCodes();
  return waivable
    .filter(code => !known.includes(code))
    .map(code => {
      const guess = nearest(code, known);
      return guess === undefined
        ? `Note: this version has nothing to waive under ${code}: no look of it can fail.`
        : `Note: this version has nothing to waive under ${code}; did you mean ${guess}?`;
    });
}

function refuse(sentences: readonly string[]): 2 {
  console.error(sentences.join('\n'));
  return 2;
}
