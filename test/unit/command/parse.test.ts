import * as fc from 'fast-check';
import type { Command } from '../../../src/command/command.ts';
import { USAGES } from '../../../src/command/help.ts';
import { parseCommand } from '../../../src/command/parse.ts';
import type { DrainOptions, PlanRequest } from '../../../src/plan/request.ts';
import { parseSelector } from '../../../src/policy/notation.ts';
import { target } from '../plan/cluster-builder.ts';

function plan(asked: string, cluster?: string, only?: PlanRequest['only'], more: Partial<PlanRequest> = {}): Command {
  return { kind: 'plan', cluster, request: { target: target(asked), strategy: 'rolling', only, ...more } };
}

function order(command: 'pause' | 'resume' | 'abort' | 'retry' | 'skip', cluster?: string): Command {
  return { kind: 'run-command', command, cluster };
}

function drained(drain: DrainOptions, target = 'next') {
  return plan(target, undefined, undefined, { drain });
}

function selector(text: string) {
  const parsed = parseSelector(text);
  if (!parsed) throw new Error(`"${text}" is no selector`);
  return parsed;
}

describe('what stands behind /k8s', () => {
  it.each<[string, Command]>([
    ['', { kind: 'help', topic: undefined }],
    ['   ', { kind: 'help', topic: undefined }],
    ['help', { kind: 'help', topic: undefined }],
    ['help upgrade plan', { kind: 'help', topic: 'upgrade plan' }],
    ['help upgrade', { kind: 'help', topic: 'upgrade' }],
    ['help pause', { kind: 'help', topic: 'pause' }],
    ['--help', { kind: 'help', topic: undefined }],
    ['upgrade plan 1.37 --help', { kind: 'help', topic: 'upgrade plan' }],
    ['status -h', { kind: 'help', topic: 'status' }],
    ['status', { kind: 'status', cluster: undefined }],
    ['status prod', { kind: 'status', cluster: 'prod' }],
    ['status --cluster prod', { kind: 'status', cluster: 'prod' }],
    ['status prod --cluster prod', { kind: 'status', cluster: 'prod' }],
    ['nodes prod-2', { kind: 'nodes', cluster: 'prod-2', pool: undefined }],
    ['nodes --pool gpu', { kind: 'nodes', cluster: undefined, pool: 'gpu' }],
    ['nodes prod --pool=team=blue', { kind: 'nodes', cluster: 'prod', pool: 'team=blue' }],
    ['upgrade versions', { kind: 'versions', cluster: undefined }],
    ['upgrade versions prod', { kind: 'versions', cluster: 'prod' }],
    ['upgrade plan', plan('next')],
    ['upgrade plan patch', plan('patch')],
    ['upgrade plan v1.36.2', plan('1.36.2')],
    ['upgrade plan 1.37 --cluster prod', plan('1.37', 'prod')],
    ['upgrade plan --cluster prod 1.37', plan('1.37', 'prod')],
    ['upgrade plan --cluster=prod --only=workers', plan('next', 'prod', 'workers')],
    ['upgrade plan latest --only control-plane --strategy rolling', plan('latest', undefined, 'control-plane')],
    ['upgrade plan --pool gpu', plan('next', undefined, undefined, { pool: 'gpu' })],
    ['upgrade plan --pool=team=Blue latest', plan('latest', undefined, undefined, { pool: 'team=blue' })],
    [
      'upgrade plan --pool karpenter.sh/nodepool=a',
      plan('next', undefined, undefined, { pool: 'karpenter.sh/nodepool=a' }),
    ],
    ['upgrade plan --nodes w-2,w-1,w-2', plan('next', undefined, undefined, { nodes: ['w-1', 'w-2'] })],
    ['upgrade plan --nodes w-2, w-1 ,w-3 1.37', plan('1.37', undefined, undefined, { nodes: ['w-1', 'w-2', 'w-3'] })],
    ['upgrade plan --only workers --fewest-drains 1.37', plan('1.37', undefined, 'workers', { fewestDrains: true })],
    ['upgrade plan \u2014fewest-drains', plan('next', undefined, undefined, { fewestDrains: true })],
    ['upgrade plan --force', drained({ force: true })],
    ['upgrade plan \u2014force=FALSE', drained({ force: false })],
    ['upgrade plan --delete-emptydir-data=false 1.37', drained({ deleteEmptyDirData: false }, '1.37')],
    ['upgrade plan --grace-period 60', drained({ graceSeconds: 60 })],
    ['upgrade plan --grace-period=0', drained({ graceSeconds: 0 })],
    ['upgrade plan --grace-period -1', drained({ graceSeconds: -1 })],
    ['upgrade plan --grace-period=-1', drained({ graceSeconds: -1 })],
    ['upgrade plan --skip-wait-for-delete-timeout 90', drained({ skipWaitForDeleteTimeoutSeconds: 90 })],
    ['upgrade plan --skip-wait-for-delete-timeout 1h30m', drained({ skipWaitForDeleteTimeoutSeconds: 5_400 })],
    ['upgrade plan --drain-order priority', drained({ order: 'priority' })],
    ['upgrade plan --pod-selector App!=Legacy LATEST', drained({ podSelector: selector('App!=Legacy') }, 'latest')],
    ['Upgrade Plan --Pod-Selector=Tier=Web,!spot', drained({ podSelector: selector('Tier=Web,!spot') })],
    [
      'upgrade plan --pod-selector \u2018Tier in (Web, db), !Spot\u2019 --force',
      drained({ force: true, podSelector: selector('Tier in (Web, db),!Spot') }),
    ],
    [
      'upgrade plan --pod-selector tier notin (a,b) patch',
      drained({ podSelector: selector('tier notin (a,b)') }, 'patch'),
    ],
    ['upgrade status', { kind: 'run-status', cluster: undefined }],
    ['upgrade status prod', { kind: 'run-status', cluster: 'prod' }],
    ['upgrade pause', order('pause')],
    ['upgrade resume prod', order('resume', 'prod')],
    ['upgrade abort --cluster prod', order('abort', 'prod')],
    ['upgrade retry', order('retry')],
    ['upgrade skip prod', order('skip', 'prod')],
  ])('%j is understood', (text, command) => {
    expect(parseCommand(text)).toEqual(command);
  });

  it.each<[string, string]>([
    ['an em dash for two hyphens', 'upgrade plan \u2014only workers \u2014cluster=prod'],
    ['an en dash for two hyphens', 'upgrade plan \u2013only workers \u2013cluster prod'],
    ['one dash and one hyphen', 'upgrade plan \u2013-only workers -\u2013cluster prod'],
    ['a single hyphen', 'upgrade plan -only workers -cluster prod'],
    ['smart quotes', 'upgrade plan --only \u201cworkers\u201d --cluster=\u2018prod\u2019'],
    ['plain quotes and code marks', '`upgrade plan --only "workers"` --cluster \'prod\''],
    ['spaces that do not break', 'upgrade\u00a0plan --only\u202fworkers\u2007--cluster=prod'],
    ['invisible marks', 'upgrade \u200bplan\ufeff --only workers\u200e --cluster prod\u2060'],
    ['line breaks and tabs', 'upgrade\n\tplan --only workers\r\n--cluster prod'],
    ['any case', 'Upgrade PLAN --Only Workers --CLUSTER Prod'],
    ['full-width letters', 'ｕｐｇｒａｄｅ plan --only workers --cluster ｐｒｏｄ'],
    ['the slash command typed again', '/k8s upgrade plan --only workers --cluster prod'],
  ])('%s is understood', (_what, text) => {
    expect(parseCommand(text)).toEqual(plan('next', 'prod', 'workers'));
  });

  it.each(USAGES.flatMap(({ path, examples }) => examples.map(example => [example, path])))(
    'the example %j of help is understood',
    example => {
      expect(parseCommand(example).kind).not.toBe('error');
    },
  );
});

describe('what is not understood', () => {
  it.each<[string, RegExp, string | undefined]>([
    // typed, what the sentence says, suggestion
    ['stauts prod', /^"stauts" is no command: there are help, status, nodes, upgrade\.$/, '/k8s status prod'],
    ['plan 1.37', /^"plan" is no command/, '/k8s upgrade plan 1.37'],
    ['1.37', /^"1\.37" is no command/, '/k8s upgrade plan 1.37'],
    ['pause', /^"pause" is no command/, '/k8s upgrade pause'],
    [
      'upgrade',
      /^Upgrade what\? .* plan, versions, status, pause, resume, abort, retry or skip\.$/,
      '/k8s upgrade plan',
    ],
    ['upgrade 1.37', /^"1\.37" is nothing to do with an upgrade/, '/k8s upgrade plan 1.37'],
    ['upgrade --only workers', /^"--only" is nothing/, '/k8s upgrade plan --only workers'],
    ['upgrade plam netx', /^"plam" is nothing/, '/k8s upgrade plan next'],
    ['upgrade now', /^"now" is nothing to do with an upgrade: write plan, /, undefined],
    ['upgrade plan netx', /^"netx" is no target: write next, patch, latest, /, '/k8s upgrade plan next'],
    ['upgrade plan 37 --cluster prod', /^"37" is no target/, '/k8s upgrade plan 1.37 --cluster prod'],
    ['upgrade plan prod', /^"prod" is no target/, '/k8s upgrade plan --cluster prod'],
    ['upgrade plan prod --cluster dev', /^"prod" is no target/, undefined],
    ['upgrade plan to 1.37', /^"1\.37" is one word too many: a plan has one target\.$/, '/k8s upgrade plan 1.37'],
    [
      'upgrade plan --only worker',
      /^--only takes control-plane or workers, not "worker"\.$/,
      '/k8s upgrade plan --only workers',
    ],
    ['upgrade plan --only=masters', /^--only takes control-plane or workers, not "masters"\.$/, undefined],
    ['upgrade plan --only', /^--only needs a value: control-plane or workers\.$/, undefined],
    ['upgrade plan --only --cluster prod', /^--only needs a value/, undefined],
    ['upgrade plan --cluster=', /^--cluster needs a value: the name of a cluster\.$/, undefined],
    ['upgrade plan --cluster pr_od', /^--cluster takes the name of a cluster, not "pr_od"\.$/, undefined],
    ['upgrade plan --only workers --only workers', /^--only stands there twice\.$/, undefined],
    [
      'upgrade plan --clutser=prod',
      /^"--clutser" is no option of upgrade plan, which has --cluster, --only, --pool, --nodes, --fewest-drains, --force, --delete-emptydir-data, --grace-period, --skip-wait-for-delete-timeout, --pod-selector, --drain-order, --strategy\.$/,
      '/k8s upgrade plan --cluster=prod',
    ],
    ['upgrade plan --pool', /^--pool needs a value: the name of a pool, or label=value\.$/, undefined],
    ['upgrade plan --pool $x', /^--pool takes the name of a pool, or label=value, not "\$x"\.$/, undefined],
    ['upgrade plan --nodes w_1', /^--nodes takes names of nodes, separated by commas, not "w_1"\.$/, undefined],
    ['upgrade plan --nodes w-1,', /^--nodes takes names of nodes, separated by commas, not "w-1,"\.$/, undefined],
    ['upgrade plan --pool a --nodes b', /^--pool and --nodes both say which nodes are meant/, undefined],
    [
      'upgrade plan --force=yes',
      /^--force takes no value but false: write --force or --force=false\.$/,
      '/k8s upgrade plan --force',
    ],
    [
      'upgrade plan --grace-period -2',
      /^--grace-period takes whole seconds, or -1 for each pod's own, not "-2"\.$/,
      undefined,
    ],
    ['upgrade plan --skip-wait-for-delete-timeout 0', /takes a time such as 90s or 10m, not "0"\.$/, undefined],
    ['upgrade plan --skip-wait-for-delete-timeout 1d1d', /takes a time such as 90s or 10m, not "1d1d"\.$/, undefined],
    ['upgrade plan --pod-selector', /^--pod-selector needs a value: a label selector/, undefined],
    [
      'upgrade plan --pod-selector App>3',
      /^--pod-selector takes a label selector such as app!=legacy, not "App>3"\.$/,
      undefined,
    ],
    [
      `upgrade plan --pod-selector app=a,${Array.from({ length: 40 }, (_, at) => `l${at}=b`).join(',')}`,
      /^--pod-selector takes a label selector/,
      undefined,
    ],
    [
      'upgrade plan --drain-order prio',
      /^--drain-order takes priority or together, not "prio"\.$/,
      '/k8s upgrade plan --drain-order priority',
    ],
    ['upgrade plan --fewest-drains=yes', /^--fewest-drains takes no value\.$/, '/k8s upgrade plan --fewest-drains'],
    ['upgrade plan --fewest-drain', /^"--fewest-drain" is no option/, '/k8s upgrade plan --fewest-drains'],
    ['status --only workers', /^"--only" is no option of status, which has --cluster\.$/, undefined],
    ['help --cluster prod', /^"--cluster" is no option of help, which takes none\.$/, undefined],
    ['help upgarde', /^There is no help about "upgarde"\.$/, '/k8s help upgrade'],
    ['help me', /^There is no help about "me"\.$/, '/k8s help'],
    ['status prod now', /^"now" is one word too many\.$/, '/k8s status prod'],
    ['status pr_od', /^"pr_od" is no name of a cluster/, undefined],
    ['status prod --cluster dev', /^Two clusters are named, "prod" and "dev"/, undefined],
    [
      'upgade plam lates --only worker --clustr prod',
      /^"upgade" is no command/,
      '/k8s upgrade plan latest --only workers --cluster prod',
    ],
    ['hello there', /^"hello" is no command/, '/k8s help'],
    ['weather tomorrow', /^"weather" is no command/, undefined],
  ])('%j is refused with the word and what was probably meant', (text, sentence, suggestion) => {
    expect(parseCommand(text)).toEqual({ kind: 'error', sentence: expect.stringMatching(sentence), suggestion });
  });

  it.each([
    ['upgrade plan --strategy all-at-once', '--strategy all-at-once'],
    ['upgrade plan --strategy=new-nodes', '--strategy new-nodes'],
    ['upgrade plan --max-unavailable 10%', '--max-unavailable'],
    ['upgrade plan \u2014canary=2 \u2014soak 10m', '--canary'],
    ['upgrade plan --skip-drain', '--skip-drain'],
    ['upgrade history', '/k8s upgrade history'],
    ['freeze prod', '/k8s freeze'],
  ])('%j is refused as belonging to a later version, with no other command in its place', (text, named) => {
    expect(parseCommand(text)).toEqual({
      kind: 'error',
      sentence: expect.stringMatching(new RegExp(`^${named} belongs to a later version\\.`)),
      suggestion: undefined,
    });
  });
});

describe('any text at all', () => {
  const word = fc.oneof(
    fc.constantFrom('upgrade', 'plan', 'status', 'help', 'nodes', 'pause', 'next', '1.37', 'prod', 'workers', 'plna'),
    fc.constantFrom('--only', '--cluster', '--strategy=rolling', '—only=worker', '--canary', '--', '=', '--=', '-h'),
    fc.string({ unit: 'binary' }),
  );
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(word, { maxLength: 8 }).map(words => words.join(' ')),
  );

  it('gives a command or a sentence, and each suggestion is understood', () => {
    fc.assert(
      fc.property(text, typed => {
        const command = parseCommand(typed);
        if (command.kind !== 'error') return;
        expect(command.sentence).toMatch(/\.$/);
        if (command.suggestion !== undefined) expect(parseCommand(command.suggestion).kind).not.toBe('error');
      }),
      { numRuns: 2_000 },
    );
  });

  it('is never answered with more than a glance can take in', () => {
    expect(parseCommand('x'.repeat(40_000))).toMatchObject({ sentence: expect.stringMatching(/^.{1,200}$/) });
  });
});
