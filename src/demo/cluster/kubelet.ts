import type { Host, Hosts } from './host/host.ts';
import type { Follower } from './host/host-unit.ts';
import { isFinished, isReady, setCondition } from './pods/pod-state.ts';
import { runController, type Simulation } from './simulation.ts';
import { controllerOf } from './store/new-object.ts';
import { keyOf } from './store/object-store.ts';
import type { ContainerStatus, Pod } from './store/objects.ts';
import { TIMINGS } from './timings.ts';

/** Slower starters than TIMINGS.pod say so: simulated seconds from binding to Ready. */
export const START_SECONDS = 'demo.capstan.dev/start-seconds';

/** Starts what a container does once it runs; undefined where it serves for ever. Returns how to stop watching it. */
type Program = (pod: Pod, host: Host, follower: Follower) => (() => void) | undefined;

/** All kubelets: each starts, watches and stops the pods that are bound to its node. */
export class Kubelets {
  readonly #sim: Simulation;
  readonly #hosts: Hosts;
  readonly #program: Program;
  readonly #enqueue: (key: string) => void;
  /** What is under way for a pod, by UID. */
  readonly #stages = new Map<string, 'starting' | 'running'>();
  /** Pods that are being stopped, by UID: their grace period, which may yet be shortened. */
  readonly #stopping = new Map<string, { readonly grace: number; readonly cancel: () => void }>();
  readonly #programs = new Map<string, () => void>();
  #nextIp = 10;

  constructor(sim: Simulation, hosts: Hosts, program: Program) {
    this.#sim = sim;
    this.#hosts = hosts;
    this.#program = program;
    this.#enqueue = runController(sim, {
      name: 'kubelet',
      watches: {
        pods: event => {
          if (event.type !== 'DELETED') return event.object.spec.nodeName ? [keyOf(event.object)] : [];
          this.#forget(event.object.metadata.uid);
          return [];
        },
      },
      reconcile: key => this.#reconcile(key),
    });
  }

  /** The kubelet of a node runs again: it looks at all its pods. */
  returned(node: string): void {
    for (const pod of this.#sim.pods.onNode(node)) {
      const stage = this.#stages.get(pod.metadata.uid);
      this.#stopping.get(pod.metadata.uid)?.cancel();
      this.#stopping.delete(pod.metadata.uid);
      if (stage !== 'running') this.#stages.delete(pod.metadata.uid);
      else if (!isReady(pod) && !isFinished(pod)) this.#report(pod, draft => this.#becomeReady(draft));
      this.#enqueue(keyOf(pod));
    }
  }

  #reconcile(key: string): void {
    const pod = this.#sim.store.at('pods', key);
    const host = this.#hostOf(pod);
    if (!pod || !host) return;
    const stage = this.#stages.get(pod.metadata.uid);
    if (pod.metadata.deletionTimestamp) this.#stop(pod);
    else if (pod.status.phase === 'Pending' && stage === undefined) this.#start(pod, host);
  }

  #start(pod: Pod, host: Host): void {
    this.#stages.set(pod.metadata.uid, 'starting');
    const own = Number(pod.metadata.annotations?.[START_SECONDS] ?? Number.NaN);
    const isJob = controllerOf(pod)?.kind === 'Job';
    const [start, ready] = this.#sim.booting
      ? [0, 0]
      : isJob
        ? [TIMINGS.upgrade.podStart, 0]
        : Number.isNaN(own)
          ? [TIMINGS.pod.start, TIMINGS.pod.ready]
          : [own / 2, own / 2];
    this.#sim.clock.after(start, () =>
      this.#report(pod, draft => {
        this.#stages.set(pod.metadata.uid, 'running');
        this.#becomeRunning(draft, host);
        if (ready === 0) this.#becomeReady(draft);
        else this.#sim.clock.after(ready, () => this.#report(pod, late => this.#becomeReady(late)));
        this.#sim.loop.enqueue(`program ${pod.metadata.uid}`, () => this.#run(pod, host));
      }),
    );
  }

  #run(pod: Pod, host: Host): void {
    const lines: string[] = [];
    this.#sim.logs.set(pod.metadata.uid, lines);
    const stop = this.#program(pod, host, {
      line: text => lines.push(text),
      ended: result => this.#report(pod, draft => this.#becomeFinished(draft, result.exitCode, result.message)),
    });
    if (stop) this.#programs.set(pod.metadata.uid, stop);
  }

  #stop(pod: Pod): void {
    const { uid, deletionGracePeriodSeconds: grace = 0 } = pod.metadata;
    const known = this.#stopping.get(uid);
    if (known && known.grace <= grace) return;
    known?.cancel();
    const cancel = this.#sim.clock.after(Math.min(grace, TIMINGS.pod.stop), () =>
      this.#whenUp(pod, () => this.#sim.store.remove('pods', keyOf(pod))),
    );
    this.#stopping.set(uid, { grace, cancel });
  }

  #forget(uid: string): void {
    this.#stages.delete(uid);
    this.#stopping.get(uid)?.cancel();
    this.#stopping.delete(uid);
    this.#programs.get(uid)?.();
    this.#programs.delete(uid);
    this.#sim.logs.delete(uid);
  }

  /** Writes a pod's status, unless its kubelet is away or the name belongs to another pod by now. */
  #report(pod: Pod, change: (draft: Pod) => void): void {
    this.#whenUp(pod, () => this.#sim.store.update('pods', keyOf(pod), change));
  }

  #whenUp(pod: Pod, act: () => void): void {
    this.#sim.loop.enqueue(`status ${pod.metadata.uid} ${this.#nextReport++}`, () => {
      const current = this.#sim.store.at('pods', keyOf(pod));
      if (current?.metadata.uid === pod.metadata.uid && this.#hostOf(current)) act();
    });
  }

  #nextReport = 0;

  #hostOf(pod: Pod | undefined): Host | undefined {
    const host = this.#hosts.get(pod?.spec.nodeName ?? '');
    // A kubelet whose node was deleted is nobody: the API server takes no status from it.
    return host?.kubelet.running && this.#sim.store.get('nodes', undefined, host.name) ? host : undefined;
  }

  #becomeRunning(pod: Pod, host: Host): void {
    const now = this.#sim.clock.timestamp();
    this.#nextIp += 1;
    pod.status.phase = 'Running';
    pod.status.startTime = now;
    pod.status.podIP = `10.244.${this.#nextIp >> 8}.${this.#nextIp & 255}`;
    pod.status.hostIP = addressOf(host, this.#sim);
    pod.status.containerStatuses = pod.spec.containers.map(
      ({ name, image }): ContainerStatus => ({
        name,
        image,
        imageID: `${image}@sha256:simulated`,
        ready: false,
        restartCount: 0,
        started: true,
        state: { running: { startedAt: now } },
      }),
    );
    this.#conditions(pod, {
      PodReadyToStartContainers: 'True',
      Initialized: 'True',
      Ready: 'False',
      ContainersReady: 'False',
    });
  }

  #becomeReady(pod: Pod): void {
    if (isFinished(pod)) return;
    for (const status of pod.status.containerStatuses ?? []) status.ready = true;
    this.#conditions(pod, { Ready: 'True', ContainersReady: 'True' });
  }

  #becomeFinished(pod: Pod, exitCode: number, message: string): void {
    const now = this.#sim.clock.timestamp();
    pod.status.phase = exitCode === 0 ? 'Succeeded' : 'Failed';
    for (const status of pod.status.containerStatuses ?? []) {
      status.ready = false;
      status.started = false;
      const startedAt = status.state.running?.startedAt ?? now;
      const reason = exitCode === 0 ? 'Completed' : 'Error';
      status.state = { terminated: { exitCode, reason, message, startedAt, finishedAt: now } };
    }
    this.#conditions(pod, { Ready: 'False', ContainersReady: 'False' });
  }

  #conditions(pod: Pod, statuses: Record<string, 'True' | 'False'>): void {
    for (const [type, status] of Object.entries(statuses)) {
      pod.status.conditions = setCondition(pod.status.conditions, { type, status }, this.#sim.clock.timestamp());
    }
  }
}

function addressOf(host: Host, { store }: Simulation): string {
  return store.get('nodes', undefined, host.name)?.status.addresses[0]?.address ?? '';
}
