import { CLUSTER_NAME, NODES_FORM, POOL_FORM } from './forms.ts';
import { SELECTOR_FLAG } from './selector-words.ts';
import { TARGET_FORMS } from './target.ts';

interface Flag {
  readonly name: `--${string}`;
  /** What stands for the value in the usage line; empty where there is none. */
  readonly value: string;
  readonly takes: FlagValue;
  readonly does: string;
}

/** What the value of a flag may be. */
export type FlagValue =
  | { readonly kind: 'nothing' }
  /** Nothing, which says yes; or `=false`. */
  | { readonly kind: 'truth' }
  | { readonly kind: 'one-of'; readonly words: readonly string[] }
  | { readonly kind: 'text'; readonly what: string; readonly form: RegExp }
  /** The words of a label selector, in the case that they are typed in. */
  | { readonly kind: 'selector'; readonly what: string };

const oneOf = (...words: readonly string[]): FlagValue => ({ kind: 'one-of', words });
const text = (what: string, form: RegExp): FlagValue => ({ kind: 'text', what, form });

export interface Usage {
  readonly path: string;
  /** The word that may stand behind it. */
  readonly takes: 'topic' | 'target' | 'cluster';
  readonly flags: readonly Flag[];
  readonly does: string;
  readonly examples: readonly string[];
}

const CLUSTER: Flag = {
  name: '--cluster',
  value: 'C',
  takes: text('the name of a cluster', CLUSTER_NAME),
  does: 'the name of the cluster; without it, the first one that the bot serves',
};

const ONLY: Flag = {
  name: '--only',
  value: 'control-plane|workers',
  takes: oneOf('control-plane', 'workers'),
  does: 'leaves the other kind of nodes as it is',
};

const STRATEGY: Flag = {
  name: '--strategy',
  value: 'rolling',
  takes: oneOf('rolling'),
  does: 'one node after another, which is also what happens without it',
};

const POOL: Flag = {
  name: '--pool',
  value: 'P',
  takes: text('the name of a pool, or label=value', POOL_FORM),
  does: 'only nodes of this pool, as the labels of clouds and installers name it, or with this label; in any case',
};

const NODES: Flag = {
  name: '--nodes',
  value: 'a,b',
  takes: text('names of nodes, separated by commas', NODES_FORM),
  does: 'only these nodes; the control plane goes as a whole',
};

const FEWEST_DRAINS: Flag = {
  name: '--fewest-drains',
  value: '',
  takes: { kind: 'nothing' },
  does: 'lets kubelets of workers skip versions on the way, where that has been proven on real hosts',
};

const FORCE: Flag = {
  name: '--force',
  value: '',
  takes: { kind: 'truth' },
  does: 'has drains also evict pods that nothing would create again, as in kubectl drain; `=false` has them refuse to',
};

const DELETE_EMPTYDIR_DATA: Flag = {
  name: '--delete-emptydir-data',
  value: '',
  takes: { kind: 'truth' },
  does: 'has drains delete the data of emptyDir volumes; `=false` has them refuse to',
};

const GRACE_PERIOD: Flag = {
  name: '--grace-period',
  value: 'N',
  takes: text("whole seconds, or -1 for each pod's own", /^(?:-1|\d{1,5})$/),
  does: 'gives every pod so many seconds to stop, instead of its own grace period; -1: its own, whatever the policy says',
};

const SKIP_WAIT: Flag = {
  name: '--skip-wait-for-delete-timeout',
  value: 'D',
  takes: text('a time such as 90s or 10m', /^[0-9dhms]+$/),
  does: 'has drains not wait for pods that were deleted longer ago than this, such as 10m',
};

const POD_SELECTOR: Flag = {
  name: SELECTOR_FLAG,
  value: 'S',
  takes: { kind: 'selector', what: 'a label selector, such as app!=legacy' },
  does: 'evicts only pods that it matches, such as app!=legacy; the others stay on their node',
};

const DRAIN_ORDER: Flag = {
  name: '--drain-order',
  value: 'priority|together',
  takes: oneOf('priority', 'together'),
  does: 'priority evicts pods of lower priority first, and the next when these have left',
};

/** What these leave open, the policy decides. */
const DRAIN_FLAGS = [FORCE, DELETE_EMPTYDIR_DATA, GRACE_PERIOD, SKIP_WAIT, POD_SELECTOR, DRAIN_ORDER] as const;

/** Every command, in the order in which help lists them. The parser reads this table, so help cannot fall behind it. */
export const USAGES = [
  {
    path: 'help',
    takes: 'topic',
    flags: [],
    does: 'Shows all commands, or one of them in full.',
    examples: ['help', 'help upgrade plan'],
  },
  {
    path: 'status',
    takes: 'cluster',
    flags: [CLUSTER],
    does: 'Shows the versions of every component, their skew, support dates, and the upgrade under way.',
    examples: ['status', 'status prod'],
  },
  {
    path: 'nodes',
    takes: 'cluster',
    flags: [CLUSTER, POOL],
    does: 'Lists the nodes with their roles, states and versions.',
    examples: ['nodes', 'nodes prod', 'nodes --pool gpu'],
  },
  {
    path: 'upgrade plan',
    takes: 'target',
    flags: [CLUSTER, ONLY, POOL, NODES, FEWEST_DRAINS, ...DRAIN_FLAGS, STRATEGY],
    does: 'Plans an upgrade and posts the plan for approval. Nothing changes before it is approved.',
    examples: [
      'upgrade plan',
      'upgrade plan 1.37',
      'upgrade plan v1.36.2 --cluster prod',
      'upgrade plan patch --only workers',
      'upgrade plan --pool gpu',
      'upgrade plan --nodes node-7,node-8',
      'upgrade plan latest --fewest-drains',
      'upgrade plan --force --grace-period 60',
      'upgrade plan latest --strategy=rolling',
    ],
  },
  {
    path: 'upgrade versions',
    takes: 'cluster',
    flags: [CLUSTER],
    does: 'Shows which versions there are, until when each is supported, and where the cluster could go.',
    examples: ['upgrade versions', 'upgrade versions prod'],
  },
  run('status', 'Shows how far the newest upgrade of the cluster has come.'),
  run('pause', 'Starts no further node. A drain under way stands still; a host that is at work is finished.'),
  run('resume', 'Goes on after a pause.'),
  run(
    'abort',
    'Ends the upgrade. A drain under way is stopped and its node given back; a host at work is finished first.',
  ),
  run('retry', 'Tries the node that failed once more.'),
  run('skip', 'Leaves out the node that failed, or whose drain is under way, and goes on with the next.'),
] as const satisfies readonly Usage[];

export type KnownUsage = (typeof USAGES)[number];

/** What a word behind `help` is about; undefined for a word that is no topic. */
export function topicOf(text: string): readonly KnownUsage[] | undefined {
  const word = text.trim().toLowerCase();
  const exact = USAGES.filter(({ path }) => path === word);
  const below = USAGES.filter(({ path }) => path.startsWith(`${word} `));
  const last = USAGES.filter(({ path }) => path.endsWith(` ${word}`));
  return [exact, below, last].find(found => found.length > 0);
}

/** Every word or pair of words that help knows. */
export const TOPICS: readonly string[] = [...new Set(USAGES.flatMap(({ path }) => [path, ...path.split(' ')]))];

/** Lines for people; what can be typed stands in code marks. An unknown topic is answered with everything. */
export function helpText(topic: string | undefined): readonly string[] {
  const asked = topic === undefined ? undefined : topicOf(topic);
  const [only, ...more] = asked ?? USAGES;
  return only && more.length === 0 ? inFull(only) : (asked ?? USAGES).map(summary);
}

function summary(usage: Usage): string {
  return `\`${usageLine(usage)}\` ${usage.does}`;
}

function inFull(usage: Usage): string[] {
  const { takes, flags, does, examples } = usage;
  return [
    `\`${usageLine(usage)}\``,
    does,
    ...(takes === 'target' ? [`\`target\` is ${TARGET_FORMS}; without it, next.`] : []),
    ...flags.map(flag => `\`${spelled(flag)}\` ${flag.does}`),
    `Examples: ${examples.map(example => `\`/k8s ${example}\``).join(', ')}`,
  ];
}

/** Flags that say the same as the word are not shown. */
function usageLine({ path, takes, flags }: Usage): string {
  const shown = flags.filter(flag => takes !== 'cluster' || flag !== CLUSTER);
  return [`/k8s ${path} [${takes}]`, ...shown.map(flag => `[${spelled(flag)}]`)].join(' ');
}

function spelled({ name, value }: Flag): string {
  return value === '' ? name : `${name} ${value}`;
}

function run<const Word extends string>(word: Word, does: string) {
  const path = `upgrade ${word}` as const;
  return { path, order: word, takes: 'cluster', flags: [CLUSTER], does, examples: [path, `${path} prod`] } as const;
}
