import { CONTROL_PLANE, HOSTS } from './lab.ts';
import type { Observation } from './observation.ts';

const seconds = (from: number | undefined, to: number | undefined): string =>
  from === undefined || to === undefined ? 'unknown' : `${((to - from) / 1000).toFixed(1)} s`;

/** What took how long, as it was seen from outside. */
export function durations({ nodes, components, jobs, api, begun }: Observation, ended: number): string {
  const [apply] = [...jobs.stories.values()].filter(({ node }) => node === CONTROL_PLANE);
  const replaced = components.changes.filter(({ at }) => apply !== undefined && at > apply.startedAt);
  const jobLines = [...jobs.stories].map(
    ([name, { startedAt, endedAt }]) => `  Job ${name}: ${seconds(startedAt, endedAt)} until its end was seen`,
  );
  const nodeLines = Object.keys(HOSTS).map(name => {
    const { cordonedAt, upgradedAt, uncordonedAt } = nodes.stories.get(name) ?? {};
    return `  ${name}: cordoned for ${seconds(cordonedAt, uncordonedAt)}, new kubelet after ${seconds(cordonedAt, upgradedAt)}`;
  });
  return [
    `  control plane: ${seconds(apply?.startedAt, replaced.at(-1)?.at)} from its Job to its last new pod`,
    ...nodeLines,
    ...jobLines,
    ...api.gaps.map(({ from, to }) => `  API server away: ${seconds(from, to)}`),
    `  all of it, with question and approval: ${seconds(begun, ended)}`,
  ].join('\n');
}
