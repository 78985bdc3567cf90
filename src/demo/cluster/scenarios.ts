import type { Scenario, ScenarioNode, Workload } from './scenario/scenario.ts';

/** What every cluster carries beside what kubeadm installs. */
const NETWORK: Workload = {
  kind: 'DaemonSet',
  namespace: 'kube-system',
  name: 'kindnet',
  image: 'docker.io/kindest/kindnetd:v20260528',
  cpu: '100m',
  memory: '50Mi',
  everywhere: true,
};

/** Three control-plane nodes and six workers, two minors behind, with a shop that must stay open. */
export const HIGHLY_AVAILABLE: Scenario = {
  name: 'highly-available',
  version: 'v1.35.4',
  nodes: [...controlPlanes(3), ...workers(6)],
  workloads: [
    NETWORK,
    {
      kind: 'Deployment',
      namespace: 'shop',
      name: 'storefront',
      image: 'registry.example.com/shop/storefront:5.2.0',
      replicas: 8,
      cpu: '250m',
      memory: '256Mi',
      budget: { minAvailable: '75%' },
    },
    {
      kind: 'Deployment',
      namespace: 'shop',
      name: 'checkout',
      image: 'registry.example.com/shop/checkout:3.9.1',
      replicas: 3,
      cpu: '500m',
      memory: '512Mi',
      // Tight: one pod at a time, and the next only when its replacement is Ready.
      budget: { minAvailable: 2 },
    },
    {
      kind: 'Deployment',
      namespace: 'shop',
      name: 'search',
      image: 'registry.example.com/shop/search:1.14.0',
      replicas: 4,
      cpu: '250m',
      memory: '256Mi',
      startSeconds: 50,
    },
    {
      kind: 'StatefulSet',
      namespace: 'data',
      name: 'orders-db',
      image: 'registry.example.com/data/postgres:17.5',
      replicas: 3,
      cpu: '500m',
      memory: '1Gi',
    },
    {
      kind: 'DaemonSet',
      namespace: 'observability',
      name: 'node-exporter',
      image: 'quay.io/prometheus/node-exporter:v1.10.0',
      cpu: '50m',
      memory: '64Mi',
      everywhere: true,
    },
  ],
};

/** One control-plane node: while it is upgraded nobody can reach the API. */
export const SINGLE_CONTROL_PLANE: Scenario = {
  name: 'single-control-plane',
  version: 'v1.36.3',
  nodes: [...controlPlanes(1), ...workers(2)],
  workloads: [
    NETWORK,
    {
      kind: 'Deployment',
      namespace: 'default',
      name: 'web',
      image: 'registry.example.com/web:1.0.0',
      replicas: 3,
      cpu: '100m',
      memory: '128Mi',
      budget: { minAvailable: 2 },
    },
  ],
};

function controlPlanes(count: number): ScenarioNode[] {
  return numbered('cp', count).map(name => ({ name, role: 'control-plane', cpu: '4', memory: '8Gi' }));
}

function workers(count: number): ScenarioNode[] {
  return numbered('worker', count).map(name => ({ name, role: 'worker', cpu: '4', memory: '16Gi' }));
}

function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index + 1}`);
}
