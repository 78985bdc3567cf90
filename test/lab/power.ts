import { cutPower } from './cluster/hosts.ts';
import { rebootHost, startHost } from './cluster/operate.ts';
import type { Kubectl } from './kubectl.ts';
import type { Timeline } from './timeline.ts';
import type { Trial } from './trial.ts';
import { firstLineOf } from './verdicts/verdict.ts';

/** A silent node is given up by kube-controller-manager after 50 s; reboot and start take less. */
const PATIENCE_MS = 110_000;
const FIELDS = ['.metadata.name', '.status.nodeInfo.bootID', '.status.conditions[?(@.type=="Ready")].status'];

/** A node at one moment. */
export interface NodeLook {
  /** Epoch milliseconds. */
  readonly at: number;
  /** Another one after every boot, as the node's own kubelet says. */
  readonly bootId: string;
  /** `True` and `False` are the kubelet's words; `Unknown` is said of one that is silent. */
  readonly ready: string;
}

/** What was done to a host, and what the cluster saw of it. */
export interface PowerChange {
  readonly host: string;
  /** Epoch milliseconds. */
  readonly begun: number;
  readonly before: NodeLook;
  /** Every other look of the node from then on, up to the one that was waited for, or as long as there was patience. */
  readonly changes: readonly NodeLook[];
  /** Why the lab could not do it. */
  readonly trouble: string | undefined;
}

export interface PowerTrial {
  readonly rebooted: PowerChange;
  readonly cut: PowerChange;
  /** The host whose power was cut, when it has power again. */
  readonly started: PowerChange;
}

interface Scene {
  readonly trial: Trial;
  readonly kubectl: Kubectl;
  readonly timeline: Timeline;
}

/** Reboots one worker; cuts the power of another (or of the only one), and gives it back. Undefined where there is none. */
export async function tryPower(scene: Scene, stop: AbortSignal): Promise<PowerTrial | undefined> {
  const { places, workers } = scene.trial;
  const [first, last] = [workers[0], workers.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const change = (host: string, deed: Deed) => changePower(scene, host, deed, stop);
  return {
    rebooted: await change(first, { name: 'reboots', act: () => rebootHost(first, stop), done: isBackFrom }),
    cut: await change(last, { name: 'loses its power', act: () => cutPower(last), done: isGivenUp }),
    started: await change(last, { name: 'has power', act: () => startHost(places, last, stop), done: isBackFrom }),
  };
}

/** Whether the node is Ready, by a kubelet of a later boot. */
export const isBackFrom = (before: NodeLook, now: NodeLook) => now.bootId !== before.bootId && now.ready === 'True';
/** Whether the node is not Ready any more, though nobody on it said so. */
export const isGivenUp = (before: NodeLook, now: NodeLook) => now.bootId === before.bootId && now.ready === 'Unknown';

interface Deed {
  readonly name: string;
  readonly act: () => Promise<void>;
  readonly done: (before: NodeLook, now: NodeLook) => boolean;
}

async function changePower(
  { kubectl, timeline }: Scene,
  host: string,
  { name, act, done }: Deed,
  stop: AbortSignal,
): Promise<PowerChange> {
  const [row = []] = await kubectl.rows(['nodes', `--field-selector=metadata.name=${host}`], FIELDS);
  const before = lookOf(row);
  const changes: NodeLook[] = [];
  const over = new AbortController();
  const seen = (now: NodeLook) => {
    const last = changes.at(-1) ?? before;
    if (over.signal.aborted || (last.bootId === now.bootId && last.ready === now.ready)) return;
    timeline.note(`${host}: Ready ${now.ready}, boot ${now.bootId}`);
    changes.push(now);
    if (done(before, now)) over.abort();
  };
  const begun = timeline.note(`${host} ${name}`);
  const watching = AbortSignal.any([over.signal, stop, AbortSignal.timeout(PATIENCE_MS)]);
  const [trouble] = await Promise.all([
    act().then(() => undefined, firstLineOf),
    kubectl.watch(['nodes', host], FIELDS, rows => seen(lookOf(rows.get(host) ?? [])), watching),
  ]);
  stop.throwIfAborted();
  if (trouble !== undefined) timeline.note(trouble);
  return { host, begun, before, changes, trouble };
}

function lookOf([, bootId = '', ready = '']: readonly string[]): NodeLook {
  return { at: Date.now(), bootId, ready };
}
