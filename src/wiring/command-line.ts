import { join } from 'node:path';
import type { ReleaseCalendar } from '../app/ports.ts';
import { ClusterRefused, ClusterUnreachable } from '../app/ports.ts';
import { RightMissing } from '../app/right-missing.ts';
import { withStop } from '../app/sentence.ts';
import type { ClusterSnapshot } from '../cluster/snapshot.ts';
import { connectKubernetes } from '../kubernetes/kubernetes.ts';
import { granting } from '../plan/checks/granting.ts';
import { fileMemory } from '../releases/file-memory.ts';
import type { CommandConfig } from '../runtime/config.ts';
import type { Calendar } from '../version/calendar.ts';
import { connectReleases } from './releases.ts';

/** What the commands that look at a cluster find around them. */
export interface Surroundings {
  readonly config: CommandConfig;
  /** Where this person's programs may keep what they can look up again; undefined where there is no such place. */
  readonly cacheFolder: string | undefined;
}

export interface Seen {
  readonly snapshot: ClusterSnapshot;
  readonly calendar: Calendar;
}

/** A person waits at the terminal: an unreachable cluster is said to be so within 10 s. */
const PATIENCE_MS = 7_000;

/** Looks at the cluster and at the releases side by side, and passes both on. Gives the exit code 1 where it could not. */
export async function withCluster(
  command: string,
  values: ReadonlyMap<string, string>,
  { config, cacheFolder }: Surroundings,
  use: (seen: Seen) => number,
): Promise<number> {
  const onWarning = (text: string) => console.error(`capstan ${command}: ${text}`);
  const kubeconfig = values.get('kubeconfig') ?? config.KUBECONFIG;
  const context = values.get('context') ?? config.CAPSTAN_CONTEXT;
  try {
    const memory = cacheFolder === undefined ? undefined : fileMemory(join(cacheFolder, 'capstan', 'releases.json'));
    const releases = connectReleases(config, { onWarning, ...(memory ? { memory } : {}) });
    const cluster = connectKubernetes({
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(context === undefined ? {} : { context }),
      patienceMs: PATIENCE_MS,
      onWarning,
    });
    try {
      return use(await look(cluster.reader, releases));
    } finally {
      cluster.close();
      releases.close();
    }
  } catch (error) {
    if (error instanceof ClusterUnreachable || error instanceof ClusterRefused) {
      const sentence = withStop(error.message);
      return couldNotLook(command, error instanceof RightMissing ? `${sentence} ${granting(error.right)}` : sentence);
    }
    throw error;
  }
}

async function look(reader: ReturnType<typeof connectKubernetes>['reader'], releases: ReleaseCalendar): Promise<Seen> {
  const [snapshot, calendar] = await Promise.all([reader.snapshot(new AbortController().signal), releases.current()]);
  return { snapshot, calendar };
}

export function couldNotLook(command: string, sentence: string): 1 {
  console.error(`capstan ${command}: ${sentence}`);
  return 1;
}
