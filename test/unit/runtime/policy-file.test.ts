import { readFileSync } from 'node:fs';
import { readPolicy, readPolicyFile } from '../../../src/runtime/policy-file.ts';

const EXAMPLE = new URL('../../../policy.example.yaml', import.meta.url);

function faults(text: string, needed: readonly string[] = []): readonly string[] {
  const reading = readPolicy('policy.yaml', text, needed);
  return reading.kind === 'faults' ? reading.faults : [];
}

function policyOf(text: string, cluster = 'prod') {
  const reading = readPolicy('policy.yaml', text, [cluster]);
  const policy = reading.kind === 'ok' ? reading.clusters.get(cluster) : undefined;
  if (!policy) throw new Error(JSON.stringify(reading));
  return policy;
}

/** A file of one cluster, with these lines of its own. */
const prod = (...lines: readonly string[]) =>
  `clusters:\n  prod:\n    approvers: [S0OPS]\n${lines.map(line => `    ${line}\n`).join('')}`;

/** A thousand lists out of four lines. */
const BOMB = ['a: &a [1]', 'b: &b [B]', 'c: &c [C]', 'd: [D]']
  .join('\n')
  .replace(/[B-D]/g, letter => Array.from({ length: 10 }, () => ({ B: '*a', C: '*b', D: '*c' })[letter]).join(', '));

describe('the policy file', () => {
  it('reads every key', () => {
    const policy = policyOf(
      prod(
        'channels: [C0OPS]',
        'requesters: [U0ALICE]',
        'operators: [U0BOB]',
        'approvalsNeeded: 2',
        'selfApproval: true',
        'waivable: [ETCD_QUORUM]',
        'limits: { maxUnavailable: 20% }',
        'timeZone: Asia/Seoul',
        'windows: [{ days: [sat, sun], from: 22:00, to: 02:00 }, { from: "00:00", to: "24:00", timeZone: UTC }]',
        'freezes: [{ from: 2026-12-18, until: 2027-01-06, reason: holidays }]',
        'drain: { timeout: 30m, graceSeconds: 5, force: true, deleteEmptyDirData: false, skipWaitForDeleteTimeout: 1m, podSelector: app!=db, order: priority, excludeFromLoadBalancers: true, blockedAfter: 0s }',
        'ready: { timeout: 5m, stable: 0s, soak: 3m }',
        'gates: { prometheus: { url: http://prom:9090/x, tokenFile: /run/token, queries: [{ name: alerts, query: ALERTS }] } }',
        'driver: { kind: kubeadm, timeout: 2h, ignorePreflightErrors: [SystemVerification] }',
        'elasticPools: [pool=spot]',
        'planLifetime: 7d',
      ),
    );
    expect(policy).toEqual({
      channels: ['C0OPS'],
      requesters: ['U0ALICE'],
      operators: ['U0BOB'],
      approvers: ['S0OPS'],
      approvalsNeeded: 2,
      selfApproval: true,
      waivable: ['ETCD_QUORUM'],
      limits: { maxUnavailable: '20%' },
      windows: [
        { days: [0, 6], from: 1_320, to: 120, timeZone: 'Asia/Seoul' },
        { days: [0, 1, 2, 3, 4, 5, 6], from: 0, to: 1_440, timeZone: 'UTC' },
      ],
      freezes: [
        {
          from: Date.parse('2026-12-18T00:00+09:00'),
          // the last day belongs to it
          until: Date.parse('2027-01-07T00:00+09:00'),
          reason: 'holidays',
          timeZone: 'Asia/Seoul',
        },
      ],
      drain: {
        timeoutSeconds: 1_800,
        graceSeconds: 5,
        force: true,
        deleteEmptyDirData: false,
        skipWaitForDeleteTimeoutSeconds: 60,
        podSelector: { matchLabels: {}, matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['db'] }] },
        order: 'priority',
        excludeFromLoadBalancers: true,
        blockedAfterSeconds: 0,
      },
      ready: { timeoutSeconds: 300, stableSeconds: 0, soakSeconds: 180 },
      gates: {
        prometheus: {
          url: 'http://prom:9090/x',
          tokenFile: '/run/token',
          queries: [{ name: 'alerts', query: 'ALERTS' }],
        },
      },
      driver: { kind: 'kubeadm', timeoutSeconds: 7_200, ignorePreflightErrors: ['SystemVerification'] },
      elasticPools: [{ matchLabels: {}, matchExpressions: [{ key: 'pool', operator: 'In', values: ['spot'] }] }],
      planLifetimeSeconds: 604_800,
    });
  });

  it('takes a cluster of which it says nothing by its defaults', () => {
    expect(policyOf('defaults: { approvers: [S0OPS] }\nclusters:\n  prod:\n').approvers).toEqual(['S0OPS']);
  });

  it('has words for letting a cluster out of what the defaults restrict', () => {
    const text = 'defaults: { approvers: [S0OPS], channels: [C0OPS], requesters: [U0ALICE] }\nclusters:\n';
    expect(policyOf(`${text}  prod: { channels: anywhere, requesters: anyone }\n`)).toMatchObject({
      channels: 'anywhere',
      requesters: 'anyone',
    });
  });

  it('lets a cluster out of the Prometheus that the defaults ask', () => {
    const asked =
      'defaults: { approvers: [S0OPS], gates: { prometheus: { url: http://prom, queries: [{ name: a, query: b }] } } }\nclusters:\n';
    expect(policyOf(`${asked}  prod: {}\n`).gates.prometheus).toMatchObject({ url: 'http://prom' });
    expect(policyOf(`${asked}  prod: { gates: { prometheus: none } }\n`).gates.prometheus).toBe('none');
  });

  it('may use anchors', () => {
    expect(
      policyOf('defaults: { approvers: &ops [S0OPS] }\nclusters:\n  prod: { operators: *ops }\n').operators,
    ).toEqual(['S0OPS']);
  });

  it.each([
    [
      'gates: { prometheus: { url: prom:9090, queries: [{ name: a, query: b }] } }',
      'gates.prometheus.url: write the address',
    ],
    [
      'gates: { prometheus: { url: prom, queries: [{ name: a, query: b }] } }',
      'gates.prometheus.url: write the address',
    ],
    [
      'gates: { prometheus: { url: http://u:p@prom, queries: [{ name: a, query: b }] } }',
      'gates.prometheus.url: write the token into a file',
    ],
    ['gates: { prometheus: { url: http://prom, queries: [] } }', 'gates.prometheus.queries: write at least one query'],
    [
      'gates: { prometheus: { url: http://prom, tokenFile: token, queries: [{ name: a, query: b }] } }',
      'gates.prometheus.tokenFile: write the whole path',
    ],
    ['approvers: [bob]', 'approvers[0]: write the Slack ids'],
    ['approvers: []', 'approvers: write the Slack ids'],
    ['approvers: U0BOB', 'approvers: write the Slack ids'],
    ['requesters: []', 'requesters: write the Slack ids'],
    ['channels: ["#ops"]', 'channels[0]: write the ids of Slack channels'],
    ['approvalsNeeded: 0', 'approvalsNeeded: write how many people'],
    ['approvalsNeeded: "1"', 'approvalsNeeded: write how many people'],
    ['selfApproval: yes', 'selfApproval: write true or false'],
    ['waivable: [etcd]', 'waivable[0]: write the codes'],
    ['limits: { maxUnavailable: 0 }', 'limits.maxUnavailable: write how many workers'],
    ['limits: { maxUnavailable: 0% }', 'limits.maxUnavailable: write how many workers'],
    ['limits: { maxUnavailable: 101% }', 'limits.maxUnavailable: write how many workers'],
    ['timeZone: Berlin', 'timeZone: write a time zone of the IANA database'],
    ['windows: [{ from: 22:00, to: 22:00 }]', 'windows[0].to: write another time than the opening'],
    ['windows: [{ from: 24:00, to: 02:00 }]', 'windows[0].from: write a time of day from "00:00" to "23:59"'],
    ['windows: [{ from: 22:00, to: 00:00 }]', 'windows[0].to: write a time of day from "00:01" to "24:00"'],
    ['windows: [{ from: 22:00 }]', 'windows[0].to: write a time of day'],
    ['windows: [{ days: [], from: 22:00, to: 23:00 }]', 'windows[0].days: write at least one day'],
    ['windows: [{ days: [monday], from: 22:00, to: 23:00 }]', 'windows[0].days[0]: write days as a list of'],
    ['windows: { from: 22:00 }', 'windows: write maintenance windows as a list'],
    ['freezes: [{ from: 2026-12-18, until: 2026-12-17, reason: x }]', 'freezes[0].until: write an end after'],
    ['freezes: [{ from: 18.12.2026, until: 2026-12-20, reason: x }]', 'freezes[0].from: write a date such as'],
    ['freezes: [{ from: 2026-12-18, until: 2026-12-20 }]', 'freezes[0].reason: write why'],
    ['drain: { timeout: 3600 }', 'drain.timeout: write a duration such as 90s'],
    ['drain: { timeout: 0s }', 'drain.timeout: write a duration such as 90s'],
    ['drain: { graceSeconds: -2 }', 'drain.graceSeconds: write for how many seconds'],
    ['drain: { order: random }', 'drain.order: write together or priority'],
    ['drain: { podSelector: "" }', 'drain.podSelector: write a label selector'],
    ['driver: { kind: image }', 'driver.kind: write kubeadm'],
    ['driver: { ignorePreflightErrors: ["; reboot"] }', 'driver.ignorePreflightErrors[0]: write the names'],
    ['driver: kubeadm', 'driver: write keys below it, such as kind'],
    ['elasticPools: ["a b"]', 'elasticPools[0]: write a label selector'],
    ['planLifetime: 59s', 'planLifetime: write a duration such as 90s, 15m or 1h30m, of 1 min at least'],
  ])('refuses %s, names line and key, and says what to write', (line, sentence) => {
    const [first, ...more] = faults(`clusters:\n  prod:\n    # a comment\n    ${line}\n`);
    expect(first).toContain(`policy.yaml:4: clusters.prod.${sentence}`);
    expect(more).toEqual([]);
  });

  it.each([
    ['aprovers: [S0OPS]', 'aprovers: there is no such key; did you mean approvers?'],
    ['selfApprovals: true', 'selfApprovals: there is no such key; did you mean selfApproval?'],
    ['drain: { timout: 1h }', 'drain.timout: there is no such key; did you mean timeout?'],
    ['ready: { xyz: 1h }', 'ready.xyz: there is no such key; known here: timeout, stable, soak.'],
    ['windows: [{ form: 22:00, from: 22:00, to: 23:00 }]', 'windows[0].form: there is no such key; did you mean from?'],
  ])('refuses the unknown key of %s, with what was probably meant', (line, sentence) => {
    expect(faults(prod(line))).toEqual([`policy.yaml:4: clusters.prod.${sentence}`]);
  });

  it.each([
    [prod('__proto__: { selfApproval: true }'), '4: clusters.prod.__proto__: there is no such key'],
    [prod('drain: { "__proto__": { force: true } }'), '4: clusters.prod.drain.__proto__: there is no such key'],
    [`${prod()}  __proto__: {}\n`, '4: clusters.__proto__: write a cluster name'],
    [`${prod()}__proto__: { clusters: {} }\n`, '4: __proto__: there is no such key'],
  ])('refuses a key that objects of JavaScript swallow: %j', (text, sentence) => {
    expect(faults(text)).toEqual([expect.stringContaining(`policy.yaml:${sentence}`)]);
  });

  it('finds the faults of every line in one go, in their order', () => {
    const text =
      'defaults:\n  approvers: [bob]\n  drain:\n    force: 1\nclusters:\n  Prod: {}\n  prod:\n    color: red\n';
    expect(faults(text).map(fault => fault.split(':')[1])).toEqual(['2', '4', '6', '8']);
  });

  it.each([
    ['nobody may approve', 'clusters:\n  prod: {}\n', 'policy.yaml:2: clusters.prod: write who may approve'],
    ['it is empty', '', 'policy.yaml:1: write keys below it, such as defaults.'],
    ['it names no cluster', 'clusters: {}', 'policy.yaml:1: clusters: write at least one cluster'],
    ['it has no clusters', 'defaults: { approvers: [S0OPS] }', 'policy.yaml:1: clusters: write clusters'],
    ['it is not YAML', 'clusters:\n  prod: [\n', 'policy.yaml:3: not YAML:'],
    [
      'it says a key twice',
      `${prod('waivable: []')}    waivable: [A]\n`,
      'policy.yaml:5: not YAML: Map keys must be unique.',
    ],
    ['an alias has no anchor', 'clusters:\n  prod: { approvers: *ops }\n', 'policy.yaml:2: not YAML: no anchor &ops'],
    ['aliases make far more of it than it holds', BOMB, 'policy.yaml: not YAML: Excessive alias count'],
    ['it is two documents', `${prod()}---\n${prod()}`, 'policy.yaml:4: not YAML:'],
    [
      'more approvals are needed than people could give',
      'clusters:\n  prod:\n    approvers: [U0BOB]\n    approvalsNeeded: 2\n',
      'policy.yaml:2: clusters.prod: 2 approvals are needed, and only 1 can be given',
    ],
    [
      'no node could ever be Ready for long enough in time',
      'clusters:\n  prod:\n    approvers: [U0BOB]\n    ready:\n      timeout: 15m\n      stable: 1h\n',
      'policy.yaml:4: clusters.prod.ready: a node must stay Ready for 1 h, and only 15 min are left for that: write a stable that is shorter than timeout',
    ],
    [
      'the defaults leave a cluster no time for that',
      'defaults: { ready: { stable: 10m } }\nclusters:\n  prod: { approvers: [U0BOB], ready: { timeout: 5m } }\n',
      'policy.yaml:3: clusters.prod.ready: a node must stay Ready for 10 min, and only 5 min',
    ],
    [
      'the defaults by themselves do',
      'defaults:\n  ready: { stable: 15m }\nclusters:\n  prod: { approvers: [U0BOB] }\n',
      'policy.yaml:2: defaults.ready: a node must stay Ready for 15 min, and only 15 min',
    ],
    [
      'a cluster that is served here is not named',
      'clusters:\n  prd: { approvers: [S0OPS] }\n',
      'policy.yaml:1: clusters: write cluster prod too, which is served here',
    ],
  ])('is refused where %s', (_what, text, sentence) => {
    expect(faults(text, ['prod'])[0]).toContain(sentence);
  });

  it('is told once of what the defaults do to several clusters', () => {
    const text = 'defaults: { approvers: [U0BOB], ready: { stable: 1h } }\nclusters: { prod: {}, test: {} }\n';
    expect(faults(text)).toHaveLength(1);
  });

  it('counts a group as enough people', () => {
    expect(policyOf(prod('approvalsNeeded: 5')).approvalsNeeded).toBe(5);
  });

  it('says so where the file cannot be read', () => {
    expect(readPolicyFile('/nowhere/policy.yaml', [])).toEqual({
      kind: 'faults',
      faults: [expect.stringMatching(/^\/nowhere\/policy\.yaml: the policy file cannot be read: .*ENOENT/)],
    });
  });
});

describe('policy.example.yaml', () => {
  const text = readFileSync(EXAMPLE, 'utf8');
  /** With every line that is a setting behind a "#". */
  const longest = text.replace(/^( *)# ((?: {2})*- \{|(?: {2})*[a-zA-Z]+:(?: |$))/gm, '$1$2');

  it('can be used as it stands', () => {
    expect(policyOf(text).approvers).toEqual(['S0123456789']);
  });

  it('names every key there is, and nothing else', () => {
    const shown = new Set([...longest.matchAll(/^ *-? ?\{? ?([a-zA-Z]+):/gm)].map(([, key = '']) => key));
    const [, ...known] = /known here: (.*)\./.exec(faults(prod('zzzzzzzz: 1')).join()) ?? [];
    for (const key of known.join().split(', ')) expect(shown).toContain(key);
    expect(faults(longest)).toEqual([]);
  });

  it('shows what holds where nothing is written', () => {
    const { windows, freezes, drain, gates, ...shown } = policyOf(longest);
    const { windows: none, freezes: never, drain: plain, gates: unasked, ...shortest } = policyOf(text);
    expect(shown).toEqual(shortest);
    // Of these it shows examples.
    expect({ ...drain, graceSeconds: undefined, podSelector: undefined }).toEqual(plain);
    expect([typeof gates.prometheus, unasked.prometheus]).toEqual(['object', 'none']);
    expect([windows.length, freezes.length, none.length, never.length]).toEqual([1, 2, 0, 0]);
  });
});
