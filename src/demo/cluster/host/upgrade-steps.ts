import type { Phase } from '../../../plan/plan.ts';
import { compareVersions, formatVersion, minorsBetween } from '../../../version/kubernetes-version.ts';
import { isFinished, isMirror } from '../pods/pod-state.ts';
import type { Simulation } from '../simulation.ts';
import { controllerOf } from '../store/new-object.ts';
import { TIMINGS } from '../timings.ts';
import { clusterVersionOf, recordClusterVersion, upgradeAddons } from './addons.ts';
import type { Host, Hosts } from './host.ts';
import type { Step } from './host-unit.ts';
import { refusal } from './kubeadm-rules.ts';
import { STATIC_COMPONENTS, type StaticComponent } from './releases.ts';
import { replaceStaticPod } from './static-pods.ts';
import type { UpgradeWork } from './upgrade-work.ts';

/** What the host script needs of the world around its host. */
export interface UpgradeWorld {
  readonly sim: Simulation;
  readonly hosts: Hosts;
  /** The API server on a host is replaced, or its etcd: returns the simulated seconds until it serves again. */
  readonly interrupt: (host: Host, component: StaticComponent) => number;
  /** The kubelet's upgrade is done; `returned` is called when it runs again. */
  readonly restartKubelet: (host: Host, returned: () => void) => void;
  /** Something that a product must never do, though the cluster cannot refuse it. */
  readonly offence: (sentence: string) => void;
}

const SECONDS = TIMINGS.upgrade;

/** The script's steps for one phase on one host, as it would run them there. */
export function stepsOf(work: UpgradeWork, host: Host, world: UpgradeWorld): Step[] {
  const steps = work.preflightOnly ? [] : STEPS[work.phase](work, host, world);
  return [PREFLIGHT, ...steps].map(step => ({
    ...step,
    act: () => struck(work, host, world, step.name) ?? step.act?.(),
  }));
}

/** Simulated hosts have nothing wrong with them, unless a fault is switched on. */
const PREFLIGHT: Step = {
  name: 'preflight',
  seconds: SECONDS.preflight,
  lines: ['/var/lib has 84212 MiB left'],
};

const STEPS: Readonly<Record<Phase, (work: UpgradeWork, host: Host, world: UpgradeWorld) => Step[]>> = {
  'control-plane': controlPlaneSteps,
  config: configSteps,
  kubelet: kubeletSteps,
};

function struck(work: UpgradeWork, host: Host, { sim }: UpgradeWorld, step: string): string | undefined {
  const failure = sim.hostFaults.strike(host.name, work.phase, step);
  if (!failure) return undefined;
  const reason = failure.reason ?? `E: Unable to locate package kubeadm=${formatVersion(work.to).slice(1)}-*`;
  return [...(failure.log ?? []), reason].join('\n');
}

function packageSteps({ to }: UpgradeWork): Step[] {
  const version = formatVersion(to).slice(1);
  return [
    {
      name: 'repository',
      seconds: SECONDS.repository,
      lines: [`deb [signed-by=...] https://pkgs.k8s.io/core:/stable:/v${to.major}.${to.minor}/deb/ /`],
    },
    { name: 'kubeadm', seconds: SECONDS.kubeadm, lines: [`Setting up kubeadm (${version}-1.1) ...`] },
  ];
}

function controlPlaneSteps(work: UpgradeWork, host: Host, world: UpgradeWorld): Step[] {
  const { sim, hosts } = world;
  const name = work.kubeadm ?? 'apply';
  const check = () => refusal(work, host, hosts, clusterVersionOf(sim));
  return [
    ...packageSteps(work),
    { name: 'prefetch', seconds: SECONDS.prefetch, lines: ['[preflight] Pulling images required for the upgrade'] },
    { name: 'backup', seconds: SECONDS.backup, lines: ['etcd snapshot saved'] },
    {
      name: 'plan',
      seconds: SECONDS.plan,
      lines: [`[upgrade/versions] Target version: ${formatVersion(work.to)}`],
      act: check,
    },
    ...STATIC_COMPONENTS.map(component => staticPodStep(component, name, work, host, world)),
    {
      name,
      seconds: SECONDS.addons,
      lines: ['[upgrade/addon] Applying addons'],
      act: () => {
        if (work.kubeadm === 'apply') recordClusterVersion(sim, work.to);
        upgradeAddons(sim, hosts, work.to);
        return undefined;
      },
    },
    { name: 'verify', seconds: SECONDS.verify, lines: [] },
  ];
}

function staticPodStep(
  component: StaticComponent,
  name: string,
  { to }: UpgradeWork,
  host: Host,
  { sim, interrupt }: UpgradeWorld,
): Step {
  return {
    name,
    seconds: SECONDS.staticPod,
    lines: [`[upgrade/staticpods] Preparing for "${component}" upgrade`],
    act: () => {
      host.manifests.set(component, to);
      replaceStaticPod(sim, host, component);
      return undefined;
    },
    wait: proceed => sim.clock.after(interrupt(host, component), proceed),
  };
}

/** `kubeadm upgrade node` on a worker; a kubeadm that is newer has been there before, and stays. */
function workerSteps(work: UpgradeWork, host: Host, { sim, hosts }: UpgradeWorld): Step[] {
  return [
    ...packageSteps(work),
    {
      name: 'node',
      seconds: SECONDS.kubeletConfig,
      lines: ['[upgrade] Upgrading the kubelet configuration'],
      act: () => {
        const reason = refusal(work, host, hosts, clusterVersionOf(sim));
        if (reason === undefined && compareVersions(work.to, host.kubeadm) > 0) host.kubeadm = work.to;
        return reason;
      },
    },
  ];
}

function configSteps(work: UpgradeWork, host: Host, world: UpgradeWorld): Step[] {
  return [...workerSteps(work, host, world), { name: 'verify', seconds: SECONDS.verify, lines: [] }];
}

function kubeletSteps(work: UpgradeWork, host: Host, world: UpgradeWorld): Step[] {
  const { sim, hosts } = world;
  const version = formatVersion(work.to);
  const check = () => refusal(work, host, hosts, clusterVersionOf(sim));
  const before = host.role === 'worker' ? workerSteps(work, host, world) : packageSteps(work).slice(0, 1);
  return [
    ...before,
    {
      name: 'kubelet',
      seconds: SECONDS.kubelet,
      lines: [`Setting up kubelet (${version.slice(1)}-1.1) ...`, `Setting up kubectl (${version.slice(1)}-1.1) ...`],
      act: () => {
        const reason = check();
        if (reason === undefined) reportUndrained(work, host, world);
        return reason;
      },
    },
    {
      name: 'restart',
      seconds: SECONDS.restart,
      lines: ['systemctl restart kubelet'],
      act: () => {
        host.kubelet.version = work.to;
        return undefined;
      },
      wait: proceed => world.restartKubelet(host, proceed),
    },
    { name: 'verify', seconds: SECONDS.verify, lines: [`Kubernetes ${version}`] },
  ];
}

/** A kubelet's minor changes only on a drained node (kubeadm-upgrade, version-skew-policy). */
function reportUndrained({ to }: UpgradeWork, host: Host, { sim, offence }: UpgradeWorld): void {
  if (minorsBetween(to, host.kubelet.version) === 0) return;
  const node = sim.store.get('nodes', undefined, host.name);
  if (!node?.spec.unschedulable)
    offence(`The kubelet of ${host.name} changed its minor while the node was not cordoned.`);
  for (const pod of sim.pods.onNode(host.name)) {
    const owner = controllerOf(pod)?.kind;
    if (isFinished(pod) || isMirror(pod) || owner === 'DaemonSet' || owner === 'Job') continue;
    offence(`The kubelet of ${host.name} changed its minor under ${pod.metadata.namespace}/${pod.metadata.name}.`);
  }
}
