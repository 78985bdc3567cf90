import { LOOKS } from '../../cluster/looks.ts';
import type { ClusterSnapshot, Component } from '../../cluster/snapshot.ts';
import type { Finding } from '../finding.ts';
import type { Check } from './check.ts';
import { missingStaticPods } from './static-pods-missing.ts';
import { counted, listed } from './wording.ts';

/**
 * While one control-plane node is upgraded its etcd member is away; a majority of the others must be there
 * (etcd.io: FAQ, "What is failure tolerance?"). Readiness of the static pods is all that the API tells of a member.
 */
export const etcdQuorum: Check = {
  code: 'ETCD_QUORUM',
  ok: 'etcd keeps its quorum while one member is away, as far as the API tells.',
  needs: [LOOKS.pods],
  look: ({ snapshot, draft }) => {
    const touched = draft.hops.some(({ stages }) => stages.some(({ kind }) => kind === 'control-plane'));
    if (!touched) return [];
    const members = membersOf(snapshot);
    if (members.length === 0) return [external()];
    if (members.length === 1) return [alone(members)];
    const ready = members.filter(member => member.ready).length;
    const majority = Math.floor(members.length / 2) + 1;
    return ready - 1 >= majority ? [] : [members.length === 2 ? pair(members) : tooFew(members, ready)];
  },
};

type Member = Pick<Component, 'node' | 'ready'>;

/** One whose pod is not there is still counted by the others. */
function membersOf(snapshot: ClusterSnapshot): Member[] {
  const missing = missingStaticPods(snapshot).filter(({ kind }) => kind === 'etcd');
  return [
    ...snapshot.components.filter(({ kind }) => kind === 'etcd'),
    ...missing.map(({ node }) => ({ node, ready: false })),
  ];
}

function external(): Finding {
  return {
    code: 'ETCD_EXTERNAL',
    severity: 'warn',
    sentence:
      'etcd does not run as static pods of the control-plane nodes: kubeadm does not upgrade it, and neither its health ' +
      'nor its backup is seen to from here.',
    remedy: 'Make sure that it is healthy, backed up and new enough for the target before you approve.',
  };
}

function alone(members: readonly Member[]): Finding {
  return {
    code: 'ETCD_QUORUM',
    severity: 'warn',
    sentence: `etcd has a single member (${places(members)}): while that is replaced nobody can reach the API.`,
    remedy: 'What runs goes on meanwhile. Three control-plane nodes would keep the API up.',
  };
}

function pair(members: readonly Member[]): Finding {
  return {
    code: 'ETCD_QUORUM',
    severity: 'warn',
    sentence: `etcd has two members (${places(members)}): while either is away there is no quorum and nobody can reach the API.`,
    remedy: 'A third member would keep the API up; two are less safe than one.',
  };
}

function tooFew(members: readonly Member[], ready: number): Finding {
  return {
    code: 'ETCD_QUORUM',
    severity: 'block',
    sentence:
      `Only ${ready} of ${counted(members.length, 'etcd member')} are ready (${places(members)}): with one more away ` +
      'there would be no quorum.',
    remedy: 'Mend the others first: `kubectl -n kube-system get pods -l component=etcd` shows them.',
  };
}

function places(members: readonly Member[]): string {
  return listed(members.map(({ node, ready }) => `${node ?? 'somewhere'}${ready ? '' : ', not ready'}`));
}
