import type { V1Pod } from '@kubernetes/client-node';
import { throughAbsences } from '../contract/watching.ts';
import { nodeWhere } from '../contract/world.ts';
import { COMPONENTS } from '../controlplane/components.ts';
import type { ControlPlane } from '../controlplane/control-plane.ts';
import type { Minor } from '../controlplane/modules.ts';
import { annotatePod, replaceKubelet } from '../controlplane/played-nodes.ts';
import { mirrorStaticPods } from '../controlplane/static-pods.ts';
import { JOB_NAMESPACE } from './chart.ts';
import { kubeProxy, staticPodsOf } from './cluster.ts';
import { follow } from './follow.ts';

/** What the container of an upgrade Job was told, as the hosts read it. */
export interface Work {
  readonly id: string;
  readonly node: string;
  readonly phase: string;
  /** `preflight` where the host is only asked. */
  readonly only: string;
  readonly kubeadm: string;
  readonly to: string;
  readonly pod: string;
}

/** How the work on a host ends; without a step it went well, and `never` it goes on for ever. */
export type Ending = 'done' | 'never' | { readonly step: string; readonly reason: string };

/**
 * The hosts of played nodes. Their part of an upgrade is done when the pod of an upgrade Job runs there: programs are
 * replaced, and the verdict is written as upgrade.sh writes it.
 */
export class Hosts {
  /** In the order in which it came; hosts that were only asked are left out. */
  readonly works: Work[] = [];
  /** Decides what becomes of a work; everything goes well unless a test says otherwise, and so does every preflight. */
  answer: (work: Work) => Ending | Promise<Ending> = () => 'done';
  readonly #plane: ControlPlane;
  readonly #seen = new Set<string>();
  readonly #stop = new AbortController();
  readonly #following: Promise<void>;
  #trouble: unknown;
  #answering: Promise<void> = Promise.resolve();

  constructor(plane: ControlPlane) {
    this.#plane = plane;
    const path = `/api/v1/namespaces/${JOB_NAMESPACE}/pods?labelSelector=capstan.dev%2Fwork`;
    this.#following = follow<V1Pod>(plane.admin, path, pods => this.#look(pods), this.#stop.signal);
  }

  /** Throws what went wrong on the hosts, which no host is meant to do. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#following;
    await this.#answering;
    if (this.#trouble !== undefined) throw this.#trouble;
  }

  #look(pods: readonly V1Pod[]): void {
    for (const pod of pods) {
      const uid = pod.metadata?.uid ?? '';
      if (pod.status?.phase !== 'Running' || this.#seen.has(uid)) continue;
      this.#seen.add(uid);
      const work = workOf(pod);
      if (work.only !== 'preflight') this.works.push(work);
      this.#answering = Promise.all([this.#answering, this.#do(work)]).then(() => undefined);
    }
  }

  async #do(work: Work): Promise<void> {
    try {
      const asked = work.only === 'preflight';
      const ending = asked ? 'done' : await this.answer(work);
      if (ending === 'never') return;
      if (ending === 'done' && !asked) await this.#upgrade(work);
      const { step, reason } = ending === 'done' ? { step: asked ? 'preflight' : 'verify', reason: '' } : ending;
      const rc = ending === 'done' ? 0 : 1;
      const { id, phase, to } = work;
      await throughAbsences(() =>
        annotatePod(this.#plane.admin, JOB_NAMESPACE, work.pod, {
          'kwok.capstan.test/message': JSON.stringify({ work: id, phase, to, step, rc, reason }),
          'kwok.capstan.test/exit-code': String(rc),
        }),
      );
    } catch (error) {
      this.#trouble ??= error;
    }
  }

  async #upgrade({ phase, node, kubeadm, to }: Work): Promise<void> {
    const { admin } = this.#plane;
    if (phase === 'control-plane') await this.#upgradeControlPlane(node, kubeadm, minorOf(to));
    else {
      await replaceKubelet(admin, node, to);
      await nodeWhere(admin, node, ({ status }) => status?.nodeInfo?.kubeletVersion === to);
    }
  }

  /** What `kubeadm upgrade apply` does: one static pod after the other, each with its mirror, then kube-proxy. */
  async #upgradeControlPlane(node: string, kubeadm: string, minor: Minor): Promise<void> {
    const pods = staticPodsOf(minor);
    for (const component of COMPONENTS) {
      if (kubeadm === 'apply') await this.#plane.replace(component, minor);
      await throughAbsences(() => mirrorStaticPods(this.#plane.admin, node, { [component]: pods[component] }));
    }
    if (kubeadm !== 'apply') return;
    const body = kubeProxy(minor);
    await this.#plane.admin.apps.replaceNamespacedDaemonSet({ namespace: 'kube-system', name: 'kube-proxy', body });
  }
}

function workOf({ metadata, spec }: V1Pod): Work {
  const env = Object.fromEntries(spec?.containers[0]?.env?.map(({ name, value = '' }) => [name, value]) ?? []);
  return {
    id: env.CAPSTAN_WORK_ID ?? '',
    node: env.CAPSTAN_NODE ?? '',
    phase: env.CAPSTAN_PHASE ?? '',
    only: env.CAPSTAN_ONLY ?? '',
    kubeadm: env.CAPSTAN_KUBEADM ?? '',
    to: env.CAPSTAN_TO ?? '',
    pod: metadata?.name ?? '',
  };
}

function minorOf(version: string): Minor {
  return version.split('.').slice(0, 2).join('.').slice(1) as Minor;
}
