import { closeSync, existsSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SeenHost } from './installation.ts';

/** Where a kubelet has its containers' logs: `<namespace>_<pod>_<uid>/<container>/<number>.log`. */
const LOGS = 'var/log/pods';
const LOOK_MS = 500;
/** Time, stream and a mark stand before each line. */
const HEAD = /^\S+ \S+ [FP] /gm;

/**
 * The logs of some pods' containers, by the hosts' own files. A kubelet removes them with their pod, so each is opened as
 * soon as it is there: what is open can be read to the end.
 */
export class ContainerLogs {
  readonly #hosts: readonly SeenHost[];
  readonly #beginnings: readonly string[];
  readonly #open = new Map<string, { readonly name: string; readonly file: number }>();
  readonly #timer: NodeJS.Timeout;

  /** `pods`: how the names of their folders begin, `<namespace>_` or more of it. */
  constructor(hosts: readonly SeenHost[], pods: readonly string[]) {
    this.#hosts = hosts;
    this.#beginnings = pods;
    this.#timer = setInterval(() => this.#look(), LOOK_MS);
  }

  /** Leaves them in the folder as `<pod>-<number>.log`. */
  save(folder: string): void {
    clearInterval(this.#timer);
    this.#look();
    for (const { name, file } of this.#open.values()) {
      writeFileSync(join(folder, `${name}.log`), readFileSync(file, 'utf8').replace(HEAD, ''));
      closeSync(file);
    }
    this.#open.clear();
  }

  #look(): void {
    for (const { root } of this.#hosts) {
      const pods = namesIn(join(root, LOGS)).filter(name => this.#beginnings.some(each => name.startsWith(each)));
      for (const pod of pods) {
        for (const container of namesIn(join(root, LOGS, pod))) this.#openAll(join(root, LOGS, pod, container), pod);
      }
    }
  }

  #openAll(folder: string, pod: string): void {
    for (const name of namesIn(folder)) {
      const path = join(folder, name);
      if (this.#open.has(path) || !name.endsWith('.log')) continue;
      try {
        this.#open.set(path, { name: `${pod.split('_')[1]}-${name.replace('.log', '')}`, file: openSync(path, 'r') });
      } catch {
        // Its pod went between the two looks.
      }
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return existsSync(folder) ? readdirSync(folder) : [];
  } catch {
    // It went between the two looks.
    return [];
  }
}
