import { type FSWatcher, lstatSync, readlinkSync, watch } from 'node:fs';
import { basename, join, parse, resolve, sep } from 'node:path';
import type { ClusterPolicy, PolicyNow } from '../policy/policy.ts';
import { readPolicyFile } from './policy-file.ts';

export interface WatchedPolicy {
  /** Undefined for a cluster that the file does not name. Without a policy where no good file was read yet. */
  of(cluster: string): PolicyNow | undefined;
  close(): void;
}

interface WatchOptions {
  readonly path: string;
  /** The clusters that this process cannot do without. */
  readonly needed: readonly string[];
  /** The file was read: without faults it is in force; with them the last good one stays, if there is one. */
  readonly onReading: (faults: readonly string[], inForce: 'this' | 'last' | 'none') => void;
  readonly onError: (error: Error) => void;
}

/** One change of a file makes several events, and an editor leaves it half written for a moment. */
const SETTLED_MS = 100;
/** Linux follows as many symbolic links; more of them are a circle. */
const MOST_LINKS = 40;

/** Reads the policy now, and again whenever the file changes. */
export function watchPolicy({ path, needed, onReading, onError }: WatchOptions): WatchedPolicy {
  let clusters: ReadonlyMap<string, ClusterPolicy> | undefined;
  let fault: string | undefined;
  let watchers: readonly FSWatcher[] = [];
  let settling: NodeJS.Timeout | undefined;

  function readAgain(): void {
    const reading = readPolicyFile(path, needed);
    if (reading.kind === 'ok') clusters = reading.clusters;
    const faults = reading.kind === 'ok' ? [] : reading.faults;
    fault = summary(faults);
    onReading(faults, reading.kind === 'ok' ? 'this' : clusters ? 'last' : 'none');
  }

  function changed(): void {
    clearTimeout(settling);
    settling = setTimeout(() => {
      // The watchers come first: what changes while the file is being read is seen as well.
      rewatch();
      readAgain();
    }, SETTLED_MS);
  }

  function rewatch(): void {
    for (const watcher of watchers) watcher.close();
    watchers = [];
    try {
      watchers = [...waysTo(path)].map(([folder, names]) => watchFolder(folder, names));
    } catch (cause) {
      unseen(cause);
    }
  }

  function watchFolder(folder: string, names: ReadonlySet<string>): FSWatcher {
    const watcher = watch(folder, { persistent: false }, (_event, name) => {
      if (name === null || names.has(name)) changed();
    });
    return watcher.on('error', unseen);
  }

  function unseen(cause: unknown): void {
    onError(new Error(`changes of the policy file ${path} cannot be seen: restart after changing it`, { cause }));
  }

  rewatch();
  readAgain();
  return {
    of(cluster) {
      const policy = clusters?.get(cluster);
      if (policy) return { policy, fault };
      return fault === undefined ? undefined : { policy: undefined, fault };
    },
    close() {
      clearTimeout(settling);
      for (const watcher of watchers) watcher.close();
    },
  };
}

function summary(faults: readonly string[]): string | undefined {
  const [first] = faults;
  return faults.length > 1 ? `${first} (and ${faults.length - 1} more)` : first;
}

/**
 * Each folder on the way to the file, with the names in it whose change can give the file another content. A ConfigMap
 * that Kubernetes mounts is changed by swapping the symbolic link `..data`, and the file itself never is.
 */
function waysTo(path: string): ReadonlyMap<string, ReadonlySet<string>> {
  const ways = new Map<string, Set<string>>();
  const add = (folder: string, name: string) => {
    // A folder that is deleted says so by its own name.
    const names = ways.get(folder) ?? new Set([basename(folder)]);
    ways.set(folder, names.add(name));
  };
  let at = parse(resolve(path)).root;
  let left = partsOf(path);
  for (let links = 0; links < MOST_LINKS; ) {
    const [name, ...others] = left;
    if (name === undefined) return ways;
    const step = lookAt(join(at, name));
    if (others.length === 0 || step.kind !== 'plain') add(at, name);
    if (step.kind === 'missing') return ways;
    left = step.kind === 'link' ? [...partsOf(resolve(at, step.target)), ...others] : others;
    at = step.kind === 'link' ? parse(at).root : join(at, name);
    if (step.kind === 'link') links += 1;
  }
  return ways;
}

function partsOf(path: string): string[] {
  return resolve(path).split(sep).filter(Boolean);
}

type Step = { readonly kind: 'plain' | 'missing' } | { readonly kind: 'link'; readonly target: string };

function lookAt(path: string): Step {
  const there = lstatSync(path, { throwIfNoEntry: false });
  if (there?.isSymbolicLink()) return { kind: 'link', target: readlinkSync(path) };
  return { kind: there ? 'plain' : 'missing' };
}
