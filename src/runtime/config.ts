import { z } from 'zod';
import { whyNoSigningKey, whyNoVerifyKey } from '../approval/signing.ts';

/**
 * Settings come from the environment, once, at the entry. Every fault is found in one go, and each says what to write.
 * Process code receives the parsed values and never looks at the environment itself.
 */
type Environment = Readonly<Record<string, string | undefined>>;

export type Parsed<T> =
  | { readonly kind: 'ok'; readonly config: T }
  | { readonly kind: 'faults'; readonly faults: readonly string[] };

const CLUSTER_NAME = /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/;

const text = (what: string) => z.string({ error: what }).trim().min(1, { error: what });
const list = (what: string, item: RegExp) =>
  text(what)
    .transform(value => value.split(',').map(part => part.trim()))
    .refine(parts => parts.every(part => item.test(part)), { error: what });
/** `fault`: what to write in the place of a text that is no such key. */
const key = (what: string, fault: (text: string) => string | undefined) =>
  text(what).refine(value => fault(value) === undefined, { error: ({ input }) => fault(String(input)) });
const count = (what: string, fallback: number, [least, most]: readonly [number, number]) =>
  z
    .string()
    .regex(/^\d{1,6}$/, { error: what })
    .transform(Number)
    .refine(value => value >= least && value <= most, { error: what })
    .optional()
    .transform(value => value ?? fallback);
const redisUrl = text('write where Redis listens, such as redis://localhost:6379')
  .refine(value => /^rediss?:\/\/\S+$/.test(value), {
    error: 'write a URL that begins with redis:// or rediss://',
    abort: true,
  })
  .refine(namesHost, {
    error: 'write a URL with a host, and each /, #, ? and % of a password as %2F, %23, %3F and %25',
  });

/** Redis takes any password, and a URL does not: there what follows it would be no host. */
function namesHost(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { hostname, username, password } = new URL(url);
  return hostname !== '' && /^(%[0-9a-f]{2}|[^%])*$/i.test(`${username}${password}`);
}

const logLevel = z
  .enum(['trace', 'debug', 'info', 'warn', 'error'], { error: 'write trace, debug, info, warn or error' })
  .optional()
  .transform(value => value ?? 'info');

const shared = {
  REDIS_URL: redisUrl,
  LOG_LEVEL: logLevel,
  CAPSTAN_POLICY: text('write the path of the policy file, which says who may approve; see policy.example.yaml'),
};

/** Settings that are read no more, and the key of the policy file that each has become. One that is still set is a fault. */
const MOVED = [
  ['CAPSTAN_APPROVERS', 'approvers'],
  ['CAPSTAN_APPROVALS_NEEDED', 'approvalsNeeded'],
  ['CAPSTAN_SELF_APPROVAL', 'selfApproval'],
  ['CAPSTAN_IGNORE_PREFLIGHT', 'driver.ignorePreflightErrors'],
  ['CAPSTAN_DRAIN_TIMEOUT', 'drain.timeout'],
  ['CAPSTAN_UPGRADE_TIMEOUT', 'driver.timeout'],
  ['CAPSTAN_READY_TIMEOUT', 'ready.timeout'],
  ['CAPSTAN_READY_SECONDS', 'ready.stable'],
] as const;

type Moved = (typeof MOVED)[number];

const locks = {
  CAPSTAN_LOCK_SECONDS: count('write after how many seconds a dead worker is replaced: 2 or more', 15, [2, 999_999]),
};

/** How a cluster is reached from outside of it. */
const cluster = { KUBECONFIG: z.string().optional(), CAPSTAN_CONTEXT: z.string().optional() };

const releasesUrl = z
  .string()
  .refine(value => value === 'off' || (/^(https?:\/\/|file:\/\/\/)\S+$/.test(value) && URL.canParse(value)), {
    error: 'write where stable.txt lies (https://…), a calendar file of your own (file:///…), or off',
  })
  .optional()
  .transform(value => value ?? 'https://dl.k8s.io/release');

/** Where it is looked up which versions exist. */
const releases = {
  CAPSTAN_RELEASES_URL: releasesUrl,
  HTTPS_PROXY: z.string().optional(),
  HTTP_PROXY: z.string().optional(),
  NO_PROXY: z.string().optional(),
};

const slack = {
  SLACK_BOT_TOKEN: text('write the bot token of the Slack app (xoxb-…)').refine(v => v.startsWith('xoxb-'), {
    error: 'write a bot token, which begins with xoxb-',
  }),
  SLACK_APP_TOKEN: z
    .string()
    .startsWith('xapp-', { error: 'write an app-level token with connections:write, which begins with xapp-' })
    .optional(),
  SLACK_SIGNING_SECRET: z.string().min(1).optional(),
  PORT: count('write the port that Slack sends its requests to, such as 3000', 3000, [0, 65_535]),
  SLACK_API_URL: z
    .url({ error: 'write the address of the Slack API, or leave it out' })
    .optional()
    .transform(value => value ?? 'https://slack.com/api/'),
};

const bot = z
  .object({
    ...shared,
    ...slack,
    ...locks,
    CAPSTAN_CLUSTERS: list(
      'write the names of the clusters that this bot serves, separated by commas; the first is the default',
      CLUSTER_NAME,
    ),
    CAPSTAN_SIGNING_KEY: key('write the private key that `capstan keys` prints', whyNoSigningKey),
  })
  .refine(value => value.SLACK_APP_TOKEN !== undefined || value.SLACK_SIGNING_SECRET !== undefined, {
    path: ['SLACK_APP_TOKEN'],
    error:
      'write an app-level token (xapp-…) for Socket Mode, or set SLACK_SIGNING_SECRET to receive requests over HTTP',
    // so that this fault is reported beside those of single settings
    when: () => true,
  });

const worker = z.object({
  ...shared,
  ...locks,
  CAPSTAN_CLUSTER: text('write the name of the cluster that this worker upgrades').regex(CLUSTER_NAME, {
    error: 'write a cluster name of small letters, digits and hyphens',
  }),
  CAPSTAN_VERIFY_KEY: key('write the public key that `capstan keys` prints', whyNoVerifyKey),
  CAPSTAN_JOB_IMAGE: text('write the image of the upgrade Jobs; it needs only sh and nsenter, such as busybox:1.37'),
  CAPSTAN_JOB_NAMESPACE: z
    .string()
    .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: 'write the name of a Kubernetes namespace' })
    .optional()
    .transform(value => value ?? 'capstan-system'),
  CAPSTAN_POD_UID: z.string().optional(),
  CAPSTAN_POD_NODE: z.string().optional(),
  ...cluster,
  ...releases,
});

const command = z.object({
  ...cluster,
  ...releases,
  CAPSTAN_POLICY: z.string().trim().optional(),
  CAPSTAN_CLUSTER: z.string().trim().optional(),
});

export type BotConfig = z.infer<typeof bot>;
export type WorkerConfig = z.infer<typeof worker>;
export type CommandConfig = z.infer<typeof command>;

export function botConfig(environment: Environment): Parsed<BotConfig> {
  return parse(bot, environment, MOVED);
}

export function workerConfig(environment: Environment): Parsed<WorkerConfig> {
  return parse(worker, environment, MOVED);
}

/** For the commands that only look at a cluster. */
export function commandConfig(environment: Environment): Parsed<CommandConfig> {
  return parse(command, environment, []);
}

function parse<T>(schema: z.ZodType<T>, environment: Environment, left: readonly Moved[]): Parsed<T> {
  // A setting that is there but empty is what a template leaves behind: it counts as not set.
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value?.trim()));
  const moved = left
    .filter(([name]) => given[name] !== undefined)
    .map(
      ([name, key]) => `${name} is read no more: write ${key} into the file that CAPSTAN_POLICY names, and unset it.`,
    );
  const result = schema.safeParse(given);
  if (result.success) return moved.length > 0 ? { kind: 'faults', faults: moved } : { kind: 'ok', config: result.data };
  const wrong = result.error.issues.map(issue => {
    const name = String(issue.path[0]);
    return `${name} ${given[name] === undefined ? 'is not set' : 'cannot be used'}: ${issue.message}.`;
  });
  return { kind: 'faults', faults: [...wrong, ...moved] };
}
