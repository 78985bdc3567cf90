import type { Evidence } from './evidence.ts';
import { none, type Verdict } from './verdict.ts';

const HELD = ['kubeadm', 'kubectl', 'kubelet'];

/** That nothing of ours is left: first at the end of the run, then after Capstan was taken out of the cluster. */
export function judgeRemains({ state, hosts, seen, trial, remains }: Evidence): Verdict[] {
  const { cordonedBefore } = trial;
  const cordoned = state.nodes.filter(node => node.cordoned).map(({ name }) => name);
  const annotated = state.nodes.filter(({ annotations }) => annotations.includes('capstan')).map(({ name }) => name);
  const kept = cordoned.filter(name => name === cordonedBefore);
  return [
    none(
      cordoned.filter(name => name !== cordonedBefore),
      'no node is left cordoned by us',
    ),
    ...(cordonedBefore === undefined
      ? []
      : [
          {
            holds: kept.length === 1 && seen.nodes.freed.size === 0,
            sentence: `${cordonedBefore}, which a person had cordoned before, stayed cordoned all the time`,
          },
        ]),
    none(annotated, 'no node carries an annotation of ours'),
    none(state.leases, 'no lease is left held'),
    none(state.jobs, 'no upgrade Job is at work any more'),
    none(
      hosts.flatMap(({ host, held }) => HELD.filter(name => !held.includes(name)).map(name => `${name} on ${host}`)),
      `${HELD.join(', ')} are held again on every host`,
      hosts.length > 0,
    ),
    none(
      hosts.flatMap(({ host, units, files }) => [...units, ...files].map(each => `${each} on ${host}`)),
      'no unit or passing file of ours is left on a host',
      hosts.length > 0,
    ),
    none(remains, 'nothing of Capstan was left in the cluster once it was taken out'),
  ];
}
