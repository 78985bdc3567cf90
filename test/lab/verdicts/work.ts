import type { Evidence } from './evidence.ts';
import type { Verdict } from './verdict.ts';

/** That the work was done once, by one run, whatever was killed meanwhile; and that it was said. */
export function judgeWork({ seen, records, kills, restarts, trial, words }: Evidence): Verdict[] {
  const { controlPlanes, nodes, workers, hops, to } = trial;
  const works = hops.length * (controlPlanes.length + nodes.length);
  const upgrades = records.filter(({ looksOnly }) => !looksOnly);
  const clean = upgrades.filter(({ starts, verdict }) => starts === 1 && verdict.includes('"rc":0,'));
  const under = [...seen.ownPods.drainedUnderWorkers].filter(node => workers.includes(node));
  const saysSo = (text: string) => text.includes(to.version) && /finished/i.test(text);
  return [
    {
      holds: upgrades.length === works && clean.length === works,
      sentence: `by the hosts' own journals ${clean.length} of ${works} works were started once and went well`,
    },
    {
      holds: seen.leases.holders.size === 1,
      sentence: `the cluster's lease was held by ${seen.leases.holders.size} run`,
    },
    {
      holds: kills.length === expectedKills(workers.length) && restarts > 0,
      sentence: `the workers were killed in ${kills.length} moments and ${restarts} times started again in place: ${kills.join('; ')}`,
    },
    {
      holds: under.length > 0 || workers.length === 0,
      sentence: `workers of Capstan upgraded the nodes that they ran on: ${under.join(', ') || 'none'}`,
    },
    { holds: saysSo(words.status), sentence: `the status message says that ${to.version} is reached` },
    { holds: saysSo(words.thread), sentence: 'the thread ends by saying so' },
  ];
}

/** One on the control plane, one in the drain of a worker node, one while another worker node is at work. */
const expectedKills = (workers: number) => 1 + Math.min(workers, 2);
