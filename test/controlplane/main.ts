import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { ControlPlane } from './control-plane.ts';
import { ETCD_OF, type Minor, NEWEST, versionOf } from './modules.ts';
import { makeNodes } from './played-nodes.ts';

const USAGE = `npm run controlplane [-- OPTIONS]

  A real etcd, kube-apiserver, kube-controller-manager and kube-scheduler on 127.0.0.1, with nodes that kwok plays, until
  Ctrl-C. Builds what it needs, outside of this checkout.

  --minor M      of the control plane: ${Object.keys(ETCD_OF).join(', ')} (${NEWEST})
  --kubelets M   of the nodes (the same)
  --nodes N      how many workers (3)`;

const START_MS = 60 * 60_000;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      minor: { type: 'string', default: NEWEST },
      kubelets: { type: 'string' },
      nodes: { type: 'string', default: '3' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const { minor, kubelets = minor, nodes } = values;
  if (values.help || !isMinor(minor) || !isMinor(kubelets) || !/^\d{1,3}$/.test(nodes)) {
    console.log(USAGE);
    return values.help ? 0 : 1;
  }
  const told = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(name, () => told.abort(new Error(`Stopped by ${name}.`)));
  }
  const plane = await ControlPlane.start({
    minor,
    signal: AbortSignal.any([told.signal, AbortSignal.timeout(START_MS)]),
  });
  try {
    const version = versionOf(kubelets);
    const workers = Array.from({ length: Number(nodes) }, (_, index) => `worker-${index + 1}`);
    await makeNodes(
      plane.admin,
      workers.map(name => ({ name, role: 'worker', version }) as const),
      plane.kubeletPort,
    );
    console.log(welcome(plane, `Kubernetes ${minor} with ${nodes} nodes of ${version}`));
    if (!told.signal.aborted) await once(told.signal, 'abort');
  } finally {
    await plane.stop();
  }
  return 0;
}

function welcome(plane: ControlPlane, what: string): string {
  return `${what}:

  export KUBECONFIG=${plane.kubeconfigFile}
  export CAPSTAN_CONTRACT_ETCD=${plane.etcdUrl}
  alias kubectl=${plane.kubectlFile}
`;
}

function isMinor(text: string): text is Minor {
  return Object.hasOwn(ETCD_OF, text);
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
