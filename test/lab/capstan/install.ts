import { chownSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSimulatedSlack } from '../../../src/demo/slack/simulated-slack.ts';
import { run } from '../../support/command.ts';
import { Kubectl } from '../kubectl.ts';
import { ContainerLogs } from './container-logs.ts';
import { workersOn } from './container-processes.ts';
import { CAPSTAN_NAMESPACE, type InstalledCapstan, type InstalledWorker, RELEASE, type Site } from './installation.ts';
import { beforehand, chartValues, REDIS_FOLDER, REDIS_USER, VOLUME } from './manifests.ts';
import { RestartWatcher } from './restarts.ts';

const CHART = fileURLToPath(new URL('../../../helm/capstan', import.meta.url));
/** Which pod a call of the Service went to was its decision. */
const KUBE_PROXY = 'kube-system_kube-proxy-';
/** For every pod to be Ready. */
const INSTALL = '180s';
const UNINSTALL = '90s';

/** Installs the chart by helm, with everything that its reader is told to make beforehand, and waits until it runs. */
export async function installCapstan(site: Site, signal: AbortSignal): Promise<InstalledCapstan> {
  const { address, hosts, folder, shared } = site;
  const kubectl = new Kubectl(site.kubectl, site.kubeconfig);
  const helm = (args: readonly string[], within?: AbortSignal) =>
    run(site.helm, [...args, '--namespace', CAPSTAN_NAMESPACE, '--kubeconfig', site.kubeconfig], {
      ...(within && { signal: within }),
    });
  const slack = await startSimulatedSlack({ host: address });
  const logs = new ContainerLogs(hosts, [`${CAPSTAN_NAMESPACE}_`, KUBE_PROXY]);
  const watching = new AbortController();
  const stop = async () => {
    watching.abort();
    await slack.stop();
    logs.save(folder);
  };
  try {
    const data = join(shared.here, REDIS_FOLDER);
    mkdirSync(data, { recursive: true });
    chownSync(data, REDIS_USER, REDIS_USER);
    await kubectl.apply(beforehand(site, slack));
    const files = { 'values.json': chartValues(site, slack), 'values-over.json': site.values ?? {} };
    for (const [name, values] of Object.entries(files)) writeFileSync(join(folder, name), JSON.stringify(values));
    const given = Object.keys(files).flatMap(name => ['--values', join(folder, name)]);
    await helm(['install', RELEASE, CHART, ...given, '--wait', '--timeout', INSTALL], signal);
    const restarts = new RestartWatcher();
    void restarts.watch(kubectl, watching.signal);
    return {
      slack,
      worker: workerOf(site, restarts),
      stop,
      async uninstall() {
        await helm(['uninstall', RELEASE, '--wait', '--timeout', UNINSTALL]);
        await kubectl.run('delete', 'namespace', CAPSTAN_NAMESPACE, `--timeout=${UNINSTALL}`);
        await kubectl.run('delete', 'persistentvolume', VOLUME, `--timeout=${UNINSTALL}`);
        rmSync(data, { recursive: true });
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function workerOf({ hosts }: Site, restarts: RestartWatcher): InstalledWorker {
  return {
    get processes() {
      return workersOn(hosts);
    },
    get restarts() {
      return restarts.total;
    },
    crash(host) {
      const met = workersOn(hosts).filter(each => host === undefined || each.host === host);
      for (const { pid } of met) process.kill(pid, 'SIGKILL');
      return met;
    },
  };
}
