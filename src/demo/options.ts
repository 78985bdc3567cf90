import { parseArgs } from 'node:util';
import { parseTarget } from '../command/target.ts';

/** What the demo's command line asked for. */
export interface DemoOptions {
  /** Plays all the people itself, prints the channel at the end, and exits. */
  readonly auto: boolean;
  /** How many times faster than real time the simulated cluster lives. */
  readonly speed: number;
  /** Ends the worker with kill -9 in the middle of the run; it is started again as a Deployment would. */
  readonly killWorker: boolean;
  readonly fault: Fault | undefined;
  readonly target: string;
  /** Port of the simulated Slack's page. */
  readonly port: number;
}

export const FAULTS = [
  'outage',
  'latency',
  'dropped-watches',
  'errors',
  'job-fails',
  'node-lost',
  'blocked-budget',
] as const;
export type Fault = (typeof FAULTS)[number];

export const DEMO_USAGE = `npm run demo                  a Slack conversation in your browser that upgrades a simulated cluster
npm run demo -- --auto        the same without a person: prints the conversation, exits 0 if all went well
  --target T                  what is asked for: latest (default), next, patch, 1.36, v1.36.3
  --speed N                   the cluster lives N times faster than real time (default 20; 60 with --auto)
  --kill-worker               kill -9 of the worker in the middle of the run
  --fault NAME                one of: ${FAULTS.join(', ')}
  --port N                    the port of the page (default: any free one)`;

export function parseDemoOptions(
  args: readonly string[],
): DemoOptions | { readonly error: string } | { readonly help: true } {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        auto: { type: 'boolean', default: false },
        speed: { type: 'string' },
        'kill-worker': { type: 'boolean', default: false },
        fault: { type: 'string' },
        target: { type: 'string', default: 'latest' },
        port: { type: 'string', default: '0' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return { help: true };
    const target = parseTarget(values.target);
    if (target.kind === 'error') return { error: target.sentence };
    const fault = FAULTS.find(name => name === values.fault);
    if (values.fault !== undefined && !fault) return { error: `There is no fault "${values.fault}".` };
    if (!values.auto && values['kill-worker']) {
      return { error: '--kill-worker goes with --auto; by hand, end the process that the demo names with kill -9.' };
    }
    if (!values.auto && fault === 'node-lost') {
      return { error: '--fault node-lost goes with --auto, where somebody brings the node back before Retry.' };
    }
    const speed = Number(values.speed ?? (values.auto ? 60 : 20));
    if (!(speed >= 1 && speed <= 1000))
      return { error: `--speed wants a number from 1 to 1000, not "${values.speed}".` };
    const port = Number(values.port);
    if (!(Number.isInteger(port) && port >= 0 && port < 65_536))
      return { error: `--port wants a port number, not "${values.port}".` };
    return { auto: values.auto, speed, killWorker: values['kill-worker'], fault, target: values.target, port };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
