import { setTimeout as delay } from 'node:timers/promises';
import type { RedisServer } from '../../src/demo/embedded-redis.ts';
import type { Step } from '../../src/run/run.ts';
import { redisTargets } from '../support/redis.ts';
import { Reserve } from './crew.ts';
import { ended, judge } from './judge.ts';
import { type Moment, momentsOf } from './moments.ts';
import { nodeOf, Site } from './site.ts';
import { Storm, type Strike } from './storm.ts';

export interface Trial {
  readonly strike: Strike;
  readonly seed: number;
  /** Moments in each of these steps. */
  readonly each: number;
  readonly steps: readonly Step[];
  /** Clusters side by side. */
  readonly clusters: number;
  readonly lockSeconds: number;
}

/** What came of one cluster's moments. */
interface Report {
  readonly wrong: readonly string[];
  readonly slowest: number;
  readonly struck: number;
  readonly late: number;
}

/** However busy this machine is, and though locks are shorter here. */
const TAKEN_OVER_MS = 30_000;
/** Four on two cores that have nothing else to do. */
const SECONDS_EACH = 20;
const START_SECONDS = 60;
/** Beside the run itself: clusters and processes are started and ended. */
const SETTING_UP_SECONDS = 180;
/** Whoever was frozen last has woken by then, and has done what it could: so many times as long as a lock lasts. */
const WAKE_LOCKS = 4;

/** Two workers upgrade a cluster, and on every node the one that is at work is struck once. */
export function survives({ strike, seed, each, steps, clusters, lockSeconds }: Trial): void {
  const all = momentsOf(seed, each, steps);
  const boundSeconds = START_SECONDS + SECONDS_EACH * Math.ceil(all.length / clusters);

  test(
    `at ${all.length} moments (${each} in each of ${steps.join(', ')}; seed ${seed}), leaves every node as it should be, and nothing is done twice`,
    async () => {
      const redis = await startRedis();
      const reserve = new Reserve(clusters + 2, all.length + 2 * clusters);
      const shares = Array.from({ length: clusters }, (_, place) => all.filter((__, at) => at % clusters === place));
      const common = { strike, reserve, redisUrl: redis.url, lockSeconds, boundSeconds };
      try {
        const endings = await Promise.allSettled(
          shares.map((moments, place) => through({ ...common, name: `c${place + 1}`, moments })),
        );
        const reports = endings.flatMap(ending => (ending.status === 'fulfilled' ? [ending.value] : []));
        expect(endings.filter(({ status }) => status === 'rejected')).toEqual([]);
        const struck = reports.reduce((sum, report) => sum + report.struck, 0);
        const late = reports.reduce((sum, report) => sum + report.late, 0);
        const slowest = Math.max(...reports.map(report => report.slowest));
        process.stdout.write(
          `${strike}: ${struck} workers struck, ${late} of them when they were through with their node; ` +
            `another went on after at most ${(slowest / 1_000).toFixed(1)} s (seed ${seed}).\n`,
        );
        expect(reports.flatMap(({ wrong }) => wrong)).toEqual([]);
        expect(struck).toBe(all.length);
        expect(slowest).toBeLessThan(TAKEN_OVER_MS);
      } finally {
        await reserve.close();
        await redis.stop();
      }
    },
    (boundSeconds + SETTING_UP_SECONDS) * 1_000,
  );
}

async function startRedis(): Promise<RedisServer> {
  const targets = redisTargets();
  const best = targets.at(-1);
  if (!best) throw new Error('There is no Redis.');
  return await best.start();
}

interface Share {
  readonly name: string;
  readonly moments: readonly Moment[];
  readonly strike: Strike;
  readonly reserve: Reserve;
  readonly redisUrl: string;
  readonly lockSeconds: number;
  readonly boundSeconds: number;
}

async function through({ name, moments, strike, boundSeconds, ...common }: Share): Promise<Report> {
  const site = await Site.open({ ...common, name, cordoned: moments.map(({ cordoned }) => cordoned) });
  const byNode = new Map(moments.map((moment, place) => [nodeOf(place), moment]));
  let wrong: readonly string[] = ['it was not looked at'];
  try {
    const run = await site.begin();
    const { crew } = site;
    const storm = new Storm({ ...common, cluster: name, crew, run, strike, momentOf: node => byNode.get(node) });
    await storm.ready();
    const over = await ended(() => site.run(run.id), boundSeconds * 1_000);
    if (strike === 'freeze') await delay(WAKE_LOCKS * common.lockSeconds * 1_000);
    wrong = judge(site.cluster, site.cordoned, over).map(
      sentence => `${name}: ${sentence}${momentIn(sentence, byNode)}`,
    );
    await storm.end();
    return { wrong, slowest: Math.max(0, ...storm.takenOver.values()), struck: storm.struck, late: storm.late };
  } finally {
    await site.close({ keepLogs: wrong.length > 0 });
  }
}

/** When the worker was struck that had the node which a sentence is about. */
function momentIn(sentence: string, byNode: ReadonlyMap<string, Moment>): string {
  const moment = byNode.get(/\bw-\d+\b/.exec(sentence)?.[0] ?? '');
  return moment ? ` (struck in step ${moment.step}, at ${moment.part.toFixed(3)} of its time)` : '';
}
