import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '../support/command.ts';

/** A watch that has been silent for so long has printed everything that it found at its start. */
const SETTLED_MS = 300;
/** Unhurried: while the control plane starts again, the machine's cores are its own. */
const RESTART_MS = 1_500;

/** The cluster as an operator sees it: through kubectl alone, which shares no code with the product. */
export class Kubectl {
  readonly #binary: string;
  readonly #kubeconfig: string;

  constructor(binary: string, kubeconfig: string) {
    this.#binary = binary;
    this.#kubeconfig = kubeconfig;
  }

  get(...args: readonly string[]): Promise<string> {
    return this.run('get', ...args);
  }

  run(...args: readonly string[]): Promise<string> {
    return run(this.#binary, ['--kubeconfig', this.#kubeconfig, '--request-timeout=20s', ...args]);
  }

  /** The given jsonpath fields of each object that there is now. */
  async rows(resource: readonly string[], fields: readonly string[]): Promise<readonly (readonly string[])[]> {
    const columns = fields.map(field => `{${field}}`).join('{"|"}');
    const text = await this.get(...resource, '-o', `jsonpath={range .items[*]}${columns}{"\\n"}{end}`);
    return text
      .split('\n')
      .filter(line => line !== '')
      .map(line => line.split('|'));
  }

  apply(manifest: string): Promise<string> {
    return run(this.#binary, ['--kubeconfig', this.#kubeconfig, 'apply', '-f', '-'], { input: manifest });
  }

  /**
   * Calls `changed` with all objects as rows of the given jsonpath fields, by their first field (a unique name), after
   * every single change. Starts again when the API server goes away; then the rows are those of the new look.
   */
  async watch(
    resource: readonly string[],
    fields: readonly string[],
    changed: (rows: ReadonlyMap<string, readonly string[]>) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const columns = fields.map(field => `{.object${field}}`).join('{"|"}');
    const args = [
      'get',
      ...resource,
      '--watch',
      '--output-watch-events',
      '-o',
      `jsonpath={.type}{"|"}${columns}{"\\n"}`,
    ];
    while (!signal.aborted) {
      const rows = new Map<string, readonly string[]>();
      let settled: NodeJS.Timeout | undefined;
      let live = false;
      const child = spawn(this.#binary, ['--kubeconfig', this.#kubeconfig, ...args], {
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const end = () => child.kill('SIGKILL');
      signal.addEventListener('abort', end, { once: true });
      const lines = createInterface({ input: child.stdout });
      lines.on('line', line => {
        const [type = '', ...values] = line.split('|');
        const [name = ''] = values;
        if (type === 'ERROR') end();
        else if (type === 'DELETED') rows.delete(name);
        else rows.set(name, values);
        if (live) return changed(rows);
        clearTimeout(settled);
        settled = setTimeout(() => {
          live = true;
          changed(rows);
        }, SETTLED_MS);
      });
      await new Promise(resolve => child.once('close', resolve));
      clearTimeout(settled);
      signal.removeEventListener('abort', end);
      if (!signal.aborted) await delay(RESTART_MS);
    }
  }
}
