import { delimiter, dirname } from 'node:path';
import { cacheFolder } from '../../controlplane/build.ts';
import { Timeline } from '../timeline.ts';
import { buildParts } from './build.ts';
import { takeDown, traces, tracesText } from './down.ts';
import { cutPower, entering } from './hosts.ts';
import { type Lab, layOut, type Places, placesIn } from './layout.ts';
import { lockLab } from './lock.ts';
import { missingHere } from './machine.ts';
import { inNetwork } from './network.ts';
import { hostNamed, loadImages, rebootHost, startHost, statusText } from './operate.ts';
import { type Command, parseCommand, type Shape, USAGE, UsageError } from './options.ts';
import { call } from './process.ts';
import { readLab } from './state.ts';
import { bringUp } from './up.ts';

/** `npm run lab`: the hosts and the cluster of the lab, by hand. */

const cache = cacheFolder(process.env);
const places = placesIn(cache);

async function obey(command: Command, signal: AbortSignal): Promise<number> {
  switch (command.kind) {
    case 'help':
      console.log(USAGE);
      return 0;
    case 'up':
      return alone(() => up(command.shape, signal));
    case 'down':
      return alone(down);
    case 'status':
    case 'exec':
    case 'net':
    case 'load':
    case 'reboot':
    case 'stop':
    case 'start':
      return operate(command, requireLab(places), signal);
  }
}

type Operation = Exclude<Command, { readonly kind: 'up' | 'down' | 'help' }>;

async function operate(command: Operation, lab: Lab, signal: AbortSignal): Promise<number> {
  switch (command.kind) {
    case 'status':
      console.log(await statusText(places, lab));
      return 0;
    case 'exec':
      return call('nsenter', entering(hostNamed(lab, command.host).name, command.command));
    case 'net':
      return callInNetwork(lab, command.command);
    case 'load':
      await loadImages(lab, command.archives, signal);
      return 0;
    case 'reboot':
      await rebootHost(hostNamed(lab, command.host).name, signal);
      return 0;
    case 'stop':
      await cutPower(hostNamed(lab, command.host).name);
      return 0;
    case 'start':
      await startHost(places, hostNamed(lab, command.host).name, signal);
      return 0;
  }
}

async function up({ controlPlanes, workers, minors }: Shape, signal: AbortSignal): Promise<number> {
  const missing = missingHere(process.env);
  if (missing.length > 0) throw new Error(`This machine cannot boot hosts. Missing: ${missing.join('; ')}.`);
  if (tracesText(traces(places)).length > 0) {
    throw new Error('A lab is up here already, or something of one is left: "npm run lab down" first.');
  }
  const timeline = new Timeline();
  const tell = (what: string) => void timeline.note(what);
  const parts = await buildParts(cache, minors, what => tell(`building: ${what}`), signal);
  try {
    await bringUp(places, layOut(controlPlanes, workers), parts, tell, signal);
  } catch (error) {
    if (signal.aborted) await takeDown(places);
    throw error;
  }
  tell('the cluster is ready');
  console.log(`\nKUBECONFIG=${places.kubeconfig}, within its network: npm run lab net kubectl get nodes`);
  return 0;
}

async function down(): Promise<number> {
  await takeDown(places);
  const left = tracesText(traces(places));
  if (left.length > 0) throw new Error(`Something is left: ${left.join('; ')}.`);
  return 0;
}

function callInNetwork(lab: Lab, command: readonly string[]): Promise<number> {
  const [program = '', ...args] = inNetwork(...command);
  const path = `${dirname(lab.kubectl)}${delimiter}${process.env.PATH}`;
  return call(program, args, { ...process.env, PATH: path, KUBECONFIG: places.kubeconfig });
}

function requireLab(from: Places): Lab {
  const lab = readLab(from);
  if (lab === undefined) throw new Error('No lab is up here: "npm run lab up" boots one.');
  return lab;
}

/** Not while another process boots hosts, or takes them down. */
async function alone(deed: () => Promise<number>): Promise<number> {
  const lock = await lockLab();
  if ('heldBy' in lock) throw new Error(`The lab is in use, by ${lock.heldBy}: let it end, or end it.`);
  try {
    return await deed();
  } finally {
    lock.release();
  }
}

const told = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(name, () => told.abort(new Error(`stopped by ${name}`)));
}
try {
  process.exitCode = await obey(parseCommand(process.argv.slice(2)), told.signal);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof UsageError) console.error('"npm run lab -- --help" says what there is.');
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
