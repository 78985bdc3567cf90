import { hostname } from 'node:os';
import { advanceRun, obeyCommand } from '../app/advance-run.ts';
import { answerAsk } from '../app/answer.ts';
import { doNodeWork } from '../app/node-work.ts';
import { resumeTick } from '../app/remembered.ts';
import { remind } from '../app/remind.ts';
import { onDecided } from '../app/start-run.ts';
import type { WorkerPorts } from '../app/worker-ports.ts';
import { createKubeadmDriver } from '../kubernetes/driver/kubeadm-driver.ts';
import { type ConnectedKubernetes, connectKubernetes } from '../kubernetes/kubernetes.ts';
import type { PolicyNow } from '../policy/policy.ts';
import { connectPrometheus } from '../prometheus/prometheus.ts';
import { connectQueues } from '../queue/queues.ts';
import { startReminders } from '../queue/reminders.ts';
import { startWorkerProcess, type WorkerHandlers } from '../queue/worker-process.ts';
import type { WorkerConfig } from '../runtime/config.ts';
import type { Logger } from '../runtime/logger.ts';
import type { WatchedPolicy } from '../runtime/policy-watch.ts';
import type { Stoppable } from '../runtime/shutdown.ts';
import { connectStore } from '../store/store.ts';
import { connectReleases } from './releases.ts';
import { errorLogger, openPolicy, outageLogger } from './settings.ts';

/** A person waits for the answer. */
const QUICK_MS = 8_000;
/** As long as a step of a recipe may take: its own deadline ends it earlier. */
const PATIENT_MS = 24 * 60 * 60 * 1000;
/** The longest pause that client-go's reflectors make between two tries. */
const SETTLE_SECONDS = 30;

/** Serves one cluster until it is stopped; work under way is handed to other workers then. */
export async function startWorker(config: WorkerConfig, log: Logger): Promise<Stoppable> {
  const onError = errorLogger(log);
  const outage = outageLogger(log);
  const redis = { retries: null, outage, onError };
  const policy = openPolicy(config.CAPSTAN_POLICY, [config.CAPSTAN_CLUSTER], log);
  const store = connectStore(config.REDIS_URL, redis);
  const queues = connectQueues(config.REDIS_URL, redis);
  const quick = connect(config, QUICK_MS, log);
  const patient = connect(config, PATIENT_MS, log);
  const releases = connectReleases(config, { memory: store.note('releases'), onWarning: text => log.warn(text) });
  const ports = portsOf(config, { policy, store, queues, releases, quick, patient }, log);
  const consumer = await startWorkerProcess({
    redisUrl: config.REDIS_URL,
    outage,
    cluster: config.CAPSTAN_CLUSTER,
    node: config.CAPSTAN_POD_NODE,
    lockSeconds: config.CAPSTAN_LOCK_SECONDS,
    handlers: handlersOf(ports, log),
    onError,
  });
  const memory = store.note(`reminders ${config.CAPSTAN_CLUSTER}`);
  const reminders = await startReminders({
    redisUrl: config.REDIS_URL,
    outage,
    cluster: config.CAPSTAN_CLUSTER,
    lockSeconds: config.CAPSTAN_LOCK_SECONDS,
    remind: signal => remind({ ...ports, reader: quick.reader, memory }, signal),
    onError,
  });
  log.info({ cluster: config.CAPSTAN_CLUSTER }, 'working');
  return {
    name: 'worker',
    async stop() {
      await Promise.all([consumer.stop(), reminders.stop()]);
      policy.close();
      releases.close();
      quick.close();
      patient.close();
      await queues.close();
      await store.close();
    },
  };
}

function connect(config: WorkerConfig, patienceMs: number, log: Logger): ConnectedKubernetes {
  const { KUBECONFIG: kubeconfig, CAPSTAN_CONTEXT: context } = config;
  return connectKubernetes({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    name: config.CAPSTAN_CLUSTER,
    namespace: config.CAPSTAN_JOB_NAMESPACE,
    patienceMs,
    onWarning: text => log.warn(text),
  });
}

interface Connections extends Pick<WorkerPorts, 'store' | 'queues' | 'releases'> {
  readonly policy: WatchedPolicy;
  readonly quick: ConnectedKubernetes;
  readonly patient: ConnectedKubernetes;
}

function portsOf(
  config: WorkerConfig,
  { policy, store, queues, releases, quick, patient }: Connections,
  log: Logger,
): WorkerPorts {
  const driverOn = ({ client }: ConnectedKubernetes) =>
    createKubeadmDriver({ client, namespace: config.CAPSTAN_JOB_NAMESPACE, image: config.CAPSTAN_JOB_IMAGE });
  return {
    cluster: config.CAPSTAN_CLUSTER,
    owner: `${hostname()}/${process.pid}`,
    self: { pod: config.CAPSTAN_POD_UID, node: config.CAPSTAN_POD_NODE },
    releases,
    policy: () => inForce(policy, config.CAPSTAN_CLUSTER),
    verifyKey: config.CAPSTAN_VERIFY_KEY,
    settleSeconds: SETTLE_SECONDS,
    store,
    queues,
    clock: Date,
    quick: { reader: quick.reader, nodes: quick.nodes, lease: quick.lease, driver: driverOn(quick) },
    patient: {
      nodes: patient.nodes,
      pods: patient.pods,
      lease: patient.lease,
      surroundings: patient.surroundings,
      workloads: patient.workloads,
      volumes: patient.volumes,
      driver: driverOn(patient),
    },
    prometheus: connectPrometheus,
    audit: ({ kind, ...deed }) => log.info({ audit: kind, ...deed }, 'somebody had this done'),
    report: sentence => log.warn(sentence),
  };
}

/** A file that does not name the worker's cluster is never in force. */
function inForce(policy: WatchedPolicy, cluster: string): PolicyNow {
  const found = policy.of(cluster);
  if (!found) throw new Error(`The policy does not name cluster ${cluster}.`);
  return found;
}

function handlersOf(ports: WorkerPorts, log: Logger): WorkerHandlers {
  return {
    connected: () => resumeTick(ports),
    answer: (ask, signal) => answerAsk(ask, ports, signal),
    event: (runId, event, signal) => advanceRun(runId, event, ports, signal),
    decided: (planId, signal) => onDecided(planId, ports, signal),
    commanded: (command, signal) => obeyCommand(command, ports, signal),
    node: (job, signal, offer) => {
      const { runId: run, work, attempt } = job;
      log.info({ run, work, attempt }, 'working on a node, from where it stands');
      const passOn = async () => {
        const passed = await offer();
        const { node } = ports.self;
        if (passed) log.info({ run, work, attempt, node }, 'leaving our own node to a worker on another one');
        return passed;
      };
      return doNodeWork(job, ports, signal, passOn);
    },
  };
}
