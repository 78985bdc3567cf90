import type { JobStory } from '../watchers/jobs.ts';
import type { Evidence } from './evidence.ts';
import { none, type Verdict } from './verdict.ts';

/** Control plane first, one at a time; the workers after; no node cordoned before the control plane stands. */
export function judgeOrder({ seen, trial }: Evidence): Verdict[] {
  const { nodes, jobs } = seen;
  const { hops, nodes: all, cordonedBefore } = trial;
  const wanted = hops.flatMap(({ version }) => groupsOf(trial, version));
  const upgrades = jobs.stories.filter(({ looksOnly }) => !looksOnly);
  const found = upgrades.map(story => groupOf(story, trial.controlPlanes));
  const ownCordons = all.filter(node => node !== cordonedBefore);
  const once = ownCordons.filter(node => nodes.cordons.filter(each => each.node === node).length === hops.length);
  const early = hops.flatMap(({ version }) => earlyKubelets(version, seen, trial.controlPlanes.length));
  return [
    {
      holds: found.join() === wanted.join(),
      sentence: `the Jobs came in the order of the hops, control planes first, then their kubelets, then the workers: ${runsOf(found)}`,
    },
    none(jobs.together, 'there were never two Jobs at work, neither on one node nor on two', found.length > 0),
    none(early, 'no kubelet was touched, and no node cordoned for it, before every API server of its hop stood'),
    {
      holds: nodes.mostCordoned === 1 && once.length === ownCordons.length,
      sentence: `every node was cordoned once a hop (${once.join(', ')}), at most ${nodes.mostCordoned} at a time`,
    },
  ];
}

const groupOf = ({ node, phase, to }: JobStory, controlPlanes: readonly string[]) =>
  `${to} ${controlPlanes.includes(node) ? 'control-plane' : 'worker'} ${phase}`;

function groupsOf({ controlPlanes, workers }: Evidence['trial'], version: string): string[] {
  return [
    ...controlPlanes.map(() => `${version} control-plane control-plane`),
    ...controlPlanes.map(() => `${version} control-plane kubelet`),
    ...workers.map(() => `${version} worker kubelet`),
  ];
}

/** `3 x a, 2 x b` of a, a, a, b, b. */
function runsOf(groups: readonly string[]): string {
  const runs: { readonly group: string; count: number }[] = [];
  for (const group of groups) {
    const last = runs.at(-1);
    if (last?.group === group) last.count += 1;
    else runs.push({ group, count: 1 });
  }
  return runs.map(({ group, count }) => `${count} x ${group}`).join(', ');
}

/** What happened to nodes between the first Job of the hop and the moment when its last API server had been replaced. */
function earlyKubelets(version: string, { jobs, components, nodes }: Evidence['seen'], servers: number): string[] {
  const replaced = components.changes.filter(
    ({ pod, image }) => pod.startsWith('kube-apiserver') && image.endsWith(`:${version}`),
  );
  if (new Set(replaced.map(({ pod }) => pod)).size !== servers) return [`not every API server was seen at ${version}`];
  const stood = Math.max(...replaced.map(({ at }) => at));
  const first = jobs.stories.find(({ to }) => to === version)?.startedAt ?? 0;
  const cordons = nodes.cordons.filter(({ from }) => from > first && from < stood).map(({ node }) => node);
  const kubelets = nodes.kubelets.filter(each => each.version === version && each.at < stood).map(({ node }) => node);
  return [...cordons.map(node => `${node} was cordoned`), ...kubelets.map(node => `${node} was upgraded`)];
}
