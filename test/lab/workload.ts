import type { Host } from './cluster/layout.ts';

/** A web application as a careful team would run it: spread, with readiness, a graceful end and a disruption budget. */
export const NAMESPACE = 'shop';
const NODE_PORT = 30080;
export const LEAST_READY = 2;
/** Where the worker puts its Jobs and its Lease; the chart makes it. */
export const JOB_NAMESPACE = 'capstan-system';
export const JOB_IMAGE = 'localhost/capstan-job:lab';
export const JOB_APPLETS = ['sh', 'nsenter'];
export const WORKLOAD_IMAGE = 'localhost/shop-web:lab';
export const WORKLOAD_APPLETS = ['sh', 'httpd'];

// As process 1, a shell without a trap would not hear SIGTERM.
const SERVE = [
  'echo ok from $HOSTNAME > /tmp/index.html',
  "trap 'exit 0' TERM",
  'httpd -f -p 8080 -h /tmp & wait $!',
].join('; ');

export const WORKLOAD = `
apiVersion: v1
kind: Namespace
metadata: { name: ${NAMESPACE} }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: ${NAMESPACE} }
spec:
  replicas: 3
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec:
      terminationGracePeriodSeconds: 20
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector: { matchLabels: { app: web } }
      containers:
        - name: web
          image: ${WORKLOAD_IMAGE}
          imagePullPolicy: Never
          command: [/bin/sh, -c, ${JSON.stringify(SERVE)}]
          ports: [{ containerPort: 8080 }]
          readinessProbe: { httpGet: { path: /, port: 8080 }, periodSeconds: 1 }
          # Serves on while the word that it leaves travels to every node's kube-proxy.
          lifecycle: { preStop: { sleep: { seconds: 5 } } }
          resources: { requests: { cpu: 10m, memory: 8Mi } }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: web, namespace: ${NAMESPACE} }
spec:
  minAvailable: ${LEAST_READY}
  selector: { matchLabels: { app: web } }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: ${NAMESPACE} }
spec:
  type: NodePort
  selector: { app: web }
  ports: [{ port: 80, targetPort: 8080, nodePort: ${NODE_PORT} }]
`;

/** The Service as its clients reach it: through any node. */
export const addressesOf = (hosts: readonly Host[]) => hosts.map(({ address }) => `http://${address}:${NODE_PORT}/`);
