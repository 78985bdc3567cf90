import { readFileSync } from 'node:fs';
import { ControlPlane } from '../controlplane/control-plane.ts';
import { CAPSTAN_NAMESPACE, JOB_NAMESPACE, RELEASE, render } from './chart.ts';
import { START_MS } from './cluster.ts';

const EXAMPLE = readFileSync(new URL('../../policy.example.yaml', import.meta.url), 'utf8');
const VALUES = {
  policy: { defaults: { approvers: ['S0APPROVERS'] }, clusters: { prod: {}, other: {} } },
  worker: { cluster: 'prod' },
};
/** Helm and kubectl are started anew each time. */
const TEST_MS = 60_000;

type Values = Readonly<Record<string, unknown>>;

/** As helm lays the values of a user over those of a chart. */
function laidOver(base: Values, over: Values): Values {
  const merged = Object.entries(over).map(([key, value]) => {
    const below = base[key];
    return [key, isValues(below) && isValues(value) ? laidOver(below, value) : value];
  });
  return { ...base, ...Object.fromEntries(merged) };
}

function isValues(value: unknown): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const signal = () => AbortSignal.timeout(TEST_MS);
const withValues = (over: Values, name = RELEASE.name) =>
  render(laidOver(VALUES, over), signal(), { ...RELEASE, name });

describe('what the chart installs', () => {
  let plane: ControlPlane;

  beforeAll(async () => {
    plane = await ControlPlane.start({ minor: '1.37', signal: AbortSignal.timeout(START_MS) });
    for (const namespace of [CAPSTAN_NAMESPACE, JOB_NAMESPACE]) await plane.kubectl(['create', 'namespace', namespace]);
  }, START_MS);
  afterAll(() => plane?.stop(), TEST_MS);

  it.each<[string, Values]>([
    ['by itself', {}],
    ['with a whole file as its policy', { policy: EXAMPLE }],
    ['with a cluster that the policy names and says nothing of', { policy: { clusters: { prod: null } } }],
    ['without replicas', { worker: { replicas: 0 }, bot: { replicas: 0 } }],
    ['with several bots over HTTP', { bot: { replicas: 3, http: { enabled: true, port: 8080 } } }],
    ['for other clusters too', { bot: { clusters: ['other', 'prod'] } }],
    ['without a bot', { bot: { enabled: false } }],
    ['without a worker', { worker: { enabled: false }, bot: { clusters: ['other'] } }],
    ['with another Redis', { redis: { enabled: false }, redisUrl: 'rediss://redis.example.com:6379' }],
    ['with the address of a Redis in a Secret', { redis: { enabled: false } }],
    [
      'with a guarded Redis',
      { redis: { secret: 'redis', networkPolicy: true, storage: { className: 'fast', size: '1.5Gi' } } },
    ],
    ['with a calendar of its own', { worker: { calendar: 'asOf: 2026-01-01\nminors: []\n' } }],
    ['where no version is looked up', { worker: { releasesUrl: false } }],
    ['without limits', { worker: { resources: { limits: { memory: null } } }, bot: { resources: null } }],
    [
      'on chosen nodes',
      {
        priorityClassName: 'system-cluster-critical',
        imagePullSecrets: [{ name: 'registry' }],
        extraEnv: [{ name: 'HTTPS_PROXY', value: 'http://proxy:3128' }],
        worker: { nodeSelector: { pool: 'system' }, tolerations: [{ operator: 'Exists' }] },
        bot: { nodeSelector: { pool: 'system' }, tolerations: [{ operator: 'Exists' }] },
        redis: { nodeSelector: { pool: 'system' }, tolerations: [{ operator: 'Exists' }] },
      },
    ],
  ])(
    '%s, an API server takes, with no field that it does not know',
    async (_name, values) => {
      const rendered = await withValues(values);
      const printed = await plane.kubectl(['apply', '--dry-run=server', '--validate=strict', '-f', '-'], rendered);
      const objects = rendered.match(/^kind: /gm) ?? [];
      expect(printed.match(/\(server dry run\)$/gm)).toHaveLength(objects.length);
    },
    TEST_MS,
  );

  it.each([
    ['false, as YAML reads off', false],
    ['off', 'off'],
  ])(
    'looks up no version where releasesUrl is %s',
    async (_name, releasesUrl) => {
      expect(await withValues({ worker: { releasesUrl } })).toMatch(/CAPSTAN_RELEASES_URL\n +value: "off"\n/);
    },
    TEST_MS,
  );
});

describe('the chart refuses', () => {
  const refusalOf = (values: Values, release?: string) =>
    withValues(values, release).then(
      () => 'nothing',
      (error: Error) => error.message,
    );

  it.each<[string, Values, readonly string[]]>([
    ['a key that nothing reads', { worker: { replica: 3 } }, ["/worker': additional properties 'replica' not allowed"]],
    ['a number in quotes', { worker: { replicas: '3' } }, ["/worker/replicas': got string, want integer"]],
    ['less than nothing', { bot: { replicas: -1 } }, ["/bot/replicas': minimum: got -1, want 0"]],
    ['a level that is none', { logLevel: 'loud' }, ["/logLevel': value must be one of 'trace'"]],
    [
      'a size that is none',
      { redis: { storage: { size: 'large' } } },
      ["/redis/storage/size': 'large' does not match"],
    ],
    [
      'an installation of nothing',
      { bot: { enabled: false }, worker: { enabled: false } },
      ['bot.enabled, worker.enabled: switch one of them on'],
    ],
    ['a worker without a cluster', { worker: { cluster: '' } }, ['worker.cluster: write the name of this cluster']],
    [
      'names that no process would take, and every other fault with it',
      { worker: { cluster: 'Prod', releasesUrl: 'ftp://x' }, jobs: { namespace: 'Jobs' } },
      [
        'write cluster names of small letters, digits and hyphens, of 40 at most, in place of "Prod"',
        'policy: write cluster Prod below clusters',
        'worker.releasesUrl: write where stable.txt lies',
        'jobs.namespace: write the name of a namespace',
      ],
    ],
    [
      'a bot that does not serve its worker',
      { bot: { clusters: ['other'] } },
      ['bot.clusters: write prod too, which the worker of this release upgrades'],
    ],
    ['a bot that serves nobody', { worker: { enabled: false } }, ['bot.clusters: write the names of the clusters']],
    ['an installation without a policy', { policy: null }, ['policy: write who may approve']],
    ['a policy that is no YAML', { policy: 'clusters: [' }, ['policy: write a policy file', 'yaml: line 1']],
    [
      'a file that leaves out a cluster',
      { policy: 'clusters: { other: { approvers: [S1] } }' },
      ['policy: write cluster prod below clusters, for it is served here, be it as "prod: {}"'],
    ],
    ['two Redis', { redisUrl: 'redis://redis:6379' }, ['redisUrl: leave it empty, or set redis.enabled to false']],
    [
      'a password for everybody to see',
      { redis: { enabled: false }, redisUrl: 'redis://:secret@redis:6379' },
      ['redisUrl: leave it empty, and put an address with a password into the Secrets'],
    ],
    [
      'two calendars',
      { worker: { calendar: 'asOf: 2026-01-01', releasesUrl: 'off' } },
      ['worker.releasesUrl: leave it empty, or worker.calendar'],
    ],
    [
      'Jobs beside everything else',
      { jobs: { namespace: CAPSTAN_NAMESPACE } },
      ['jobs.namespace: the Jobs need a namespace of their own'],
    ],
  ])(
    '%s',
    async (_name, values, sentences) => {
      const refused = await refusalOf(values);
      for (const sentence of sentences) expect(refused).toContain(sentence);
    },
    TEST_MS,
  );

  it(
    'a name that its Redis could not bear',
    async () => {
      expect(await refusalOf({}, 'a'.repeat(47))).toContain('the name of the release: take one of 46 characters');
    },
    TEST_MS,
  );
});
