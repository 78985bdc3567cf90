/**
 * A worker of the queues as a process of its own, so that it can be killed: says what comes in as lines of JSON on stdout.
 * Whatever it begins stays under way until the process ends. Arguments: Redis's URL, and the lock's time in seconds.
 */
import { startWorkerProcess } from '../../src/queue/worker-process.ts';
import { UNHEARD } from './redis.ts';

const [redisUrl = '', lockSeconds = ''] = process.argv.slice(2);

const say = (line: unknown) => void process.stdout.write(`${JSON.stringify(line)}\n`);
const forever = () => new Promise<never>(() => undefined);

await startWorkerProcess({
  redisUrl,
  outage: UNHEARD,
  node: undefined,
  cluster: 'prod',
  lockSeconds: Number(lockSeconds),
  onError: error => say({ error: error.message }),
  handlers: {
    connected: async () => {},
    answer: async () => {},
    decided: async planId => {
      say({ decided: planId });
      await forever();
    },
    commanded: async () => {},
    event: async (runId, event) => say({ runId, event }),
    node: async job => {
      say({ node: job });
      await forever();
    },
  },
});
say('ready');
