import { HOST_REQUIREMENTS } from '../../version/requirements.ts';
import type { Hop } from '../plan.ts';
import type { Check, PlanDraft } from './check.ts';
import { crossing } from './crossing.ts';
import { counted } from './wording.ts';

/** What only a host can answer. Its preflight asks there (upgrade.sh), and the run halts on a bad answer. */
export const ON_THE_HOST: readonly Check[] = [
  deferred('ETCD_MEMBERS', 'Whether every etcd member is healthy', ({ hops }) => controlPlaneNodes(hops)),
  deferred('CERTIFICATE_FILES', 'Whether a certificate has expired or soon will', ({ hops }) =>
    controlPlaneNodes(hops),
  ),
  deferred('MANIFESTS_EDITED', 'Whether somebody has edited the manifests that kubeadm writes', ({ hops }) =>
    controlPlaneNodes(hops),
  ),
  deferred('CGROUP_VERSION', 'Whether the host has the cgroup version that the kubelet needs', ({ hops }) =>
    needCgroup(hops),
  ),
  deferred('DISK_SPACE', 'Whether there is room on the disk for images, packages and backups', ({ hops }) =>
    allNodes(hops),
  ),
];

function deferred(code: string, question: string, nodesOf: (draft: PlanDraft) => ReadonlySet<string>): Check {
  return {
    code,
    ok: `Nothing in this plan depends on it: ${question.replace('Whether', 'whether')}.`,
    look({ draft }) {
      const { size } = nodesOf(draft);
      if (size === 0) return [];
      return [
        {
          code,
          severity: 'deferred',
          sentence: `${question} is asked on ${counted(size, 'host')}, on each before it is touched.`,
          remedy: 'Nothing to do now: a bad answer halts the run there.',
        },
      ];
    },
  };
}

/** Those whose static pods are upgraded. */
function controlPlaneNodes(hops: readonly Hop[]): ReadonlySet<string> {
  return namesOf(hops, phase => phase === 'control-plane');
}

function allNodes(hops: readonly Hop[]): ReadonlySet<string> {
  return namesOf(hops, () => true);
}

function needCgroup(hops: readonly Hop[]): ReadonlySet<string> {
  const needed = HOST_REQUIREMENTS.filter(({ what }) => what === 'cgroup');
  return new Set(needed.flatMap(({ since }) => crossing(hops, since)).map(({ name }) => name));
}

function namesOf(hops: readonly Hop[], counts: (phase: string) => boolean): ReadonlySet<string> {
  const passes = hops.flatMap(({ stages }) => stages).flatMap(stage => stage.passes);
  return new Set(passes.filter(({ phase }) => counts(phase)).flatMap(({ nodes }) => nodes.map(({ name }) => name)));
}
