import type { Evidence } from '../../lab/verdicts/evidence.ts';
import { judge } from '../../lab/verdicts/judge.ts';
import { absencesOf, goodEvidence, goodTrial, type SpoilableEvidence } from './evidence.ts';

const failuresOf = (evidence: Evidence) =>
  judge(evidence)
    .filter(({ holds }) => !holds)
    .map(({ sentence }) => sentence);

describe('the verdicts of the lab', () => {
  test('all hold for a good upgrade of several control planes over two hops', () => {
    expect(failuresOf(goodEvidence())).toEqual([]);
  });

  test('all hold for a single control plane that went away and came back', () => {
    const evidence = goodEvidence(goodTrial(1));
    evidence.seen.api.absences.push({ from: 0, to: 70_000 });
    expect(failuresOf(evidence)).toEqual([]);
  });

  const faults: readonly [string, (evidence: SpoilableEvidence) => void, RegExp][] = [
    ['a budget that was violated', ({ seen }) => seen.budgets.violations.push('1 pod'), /budget was never violated/],
    ['a client that got no answer', ({ seen }) => seen.client.failures.push('refused'), /none failed/],
    ['a client that was hardly there', ({ seen }) => (seen.client.calls = 20), /calls of the Service/],
    ['two nodes cordoned at once', ({ seen }) => (seen.nodes.mostCordoned = 2), /at most 2 at a time/],
    ['a node that was never cordoned', ({ seen }) => seen.nodes.cordons.pop(), /cordoned once a hop/],
    ['a node left cordoned', ({ state }) => set(state.nodes.at(-1), { cordoned: true }), /no node is left cordoned/],
    ["a person's cordon that was undone", ({ seen }) => seen.nodes.freed.add('cp3'), /stayed cordoned all the time/],
    [
      'a claim left behind',
      ({ state }) => set(state.nodes[0], { annotations: 'capstan.dev/claim' }),
      /annotation of ours/,
    ],
    ['a lease left held', ({ state }) => state.leases.push('capstan-run: r-1'), /no lease is left held/],
    ['a second run', ({ seen }) => seen.leases.holders.add('another'), /held by 2 run/],
    ['a Job left at work', ({ state }) => state.jobs.push('job-1'), /no upgrade Job is at work/],
    ['a package that is not held', ({ hosts }) => hosts[0]?.held.pop(), /are held again/],
    ['a unit left on a host', ({ hosts }) => hosts[0]?.units.push('capstan-x.service'), /no unit or passing file/],
    ['a file left on a host', ({ hosts }) => hosts[0]?.files.push('/etc/apt/x.capstan-new'), /no unit or passing file/],
    [
      'an object left in the cluster',
      ({ remains }) => remains.push('namespace/capstan'),
      /nothing of Capstan was left/,
    ],
    ['a kubelet left behind', ({ state }) => set(state.nodes[3], { kubelet: 'v1.36.3' }), /all 5 nodes are Ready/],
    ['a node that is not Ready', ({ state }) => set(state.nodes[3], { ready: false }), /all 5 nodes are Ready/],
    [
      'a scheduler left behind',
      ({ state }) => swap(state.images, /scheduler/, 'kube-scheduler:v1.36.3'),
      /every pod of/,
    ],
    ['an old etcd', ({ state }) => swap(state.images, /^etcd/, 'etcd:3.6.8-0'), /every pod of/],
    ['a kube-proxy that is missing', ({ state }) => state.images.splice(12, 1), /every pod of/],
    ['a kubectl left behind', ({ hosts }) => hosts[1]?.packages.splice(1, 1, 'kubectl 1.36.3-1.1'), /every host has/],
    ['two Jobs at once', ({ seen }) => set(seen.jobs.stories[3], { endedAt: 10 * 60_000 }), /never two Jobs at work/],
    ['a Job without an end', ({ seen }) => delete seen.jobs.stories[3]?.endedAt, /never two Jobs at work/],
    ['a worker before the control plane', ({ seen }) => swapEnds(seen.jobs.stories), /in the order of the hops/],
    ['a Job that was made twice', ({ seen }) => seen.jobs.stories.push(...seen.jobs.stories.slice(-1)), /in the order/],
    [
      'a kubelet before the last API server',
      ({ seen }) => set(seen.components.changes[4], { at: 5 * 60_000 }),
      /before every API server/,
    ],
    [
      'an API server that was not replaced',
      ({ seen }) => seen.components.changes.splice(0, 1),
      /before every API server/,
    ],
    [
      'two members of etcd away at once',
      ({ seen }) => absencesOf(seen.etcd, 'cp2').push({ from: 60_500, to: 61_000 }),
      /at most 2 at a time/,
    ],
    [
      'a member of etcd that never came back',
      ({ seen }) => absencesOf(seen.etcd, 'cp2').push({ from: 61_000 }),
      /at most/,
    ],
    ['etcd without quorum', ({ seen }) => seen.etcd.withoutQuorum.push({ from: 0, to: 11_000 }), /etcd's quorum/],
    ['an API that was away', ({ seen }) => seen.api.absences.push({ from: 0, to: 11_000 }), /behind its balancer/],
    ['a work that was begun again', ({ records }) => set(records[0], { starts: 2 }), /started once and went well/],
    ['a work that failed', ({ records }) => set(records[0], { verdict: '{"rc":1,}' }), /started once and went well/],
    ['a kill that never came', ({ kills }) => kills.pop(), /killed in 2 moments/],
    ['workers that nobody started again', evidence => (evidence.restarts = 0), /0 times started again/],
    ['workers on no node that was drained', ({ seen }) => seen.ownPods.drainedUnderWorkers.clear(), /that they ran on/],
    ['a plan that leaves a hop out', evidence => replan(evidence, { passes: [] }), /"capstan plan" before/],
    ['a plan of one hop', evidence => replan(evidence, { hops: 1 }), /"capstan plan" before/],
    ['a plan to elsewhere', evidence => replan(evidence, { to: 'v1.36.3' }), /"capstan plan" before/],
    ['a plan for what is done', evidence => replan(evidence, {}, 'Upgrade'), /"capstan plan" after/],
    ['a status that says something else', ({ words }) => (words.status = 'halted'), /status message/],
    ['a thread that ends otherwise', ({ words }) => (words.thread = 'v1.37.2: halted'), /the thread ends/],
    ['a reboot that never was', ({ power }) => power?.rebooted.changes.pop(), /w1 rebooted.*: no, it never changed/],
    [
      'a reboot of the kubelet alone',
      ({ power }) => set(power?.rebooted.changes[0], { bootId: 'a' }),
      /w1 rebooted.*: no, Ready was True in boot a/,
    ],
    [
      'a host that is not Ready after its reboot',
      ({ power }) => set(power?.rebooted.changes[0], { ready: 'False' }),
      /w1 rebooted.*: no, Ready was False in boot b/,
    ],
    [
      'a reboot that the lab could not do',
      ({ power }) => set(power?.rebooted, { trouble: 'The reboot of w1 took longer than 90 s.' }),
      /w1 rebooted.*: no, The reboot of w1 took longer/,
    ],
    [
      'a host that came back without power',
      ({ power }) => set(power?.cut.changes[0], { bootId: 'b', ready: 'True' }),
      /w2 lost its power.*: no, Ready was True in boot b/,
    ],
    [
      'a host that came back and went again',
      ({ power }) => set(power?.cut.changes[0], { bootId: 'b' }),
      /w2 lost its power.*: no, Ready was Unknown in boot b/,
    ],
    [
      'a host that said itself that it goes',
      ({ power }) => set(power?.cut.changes[0], { ready: 'False' }),
      /w2 lost its power.*: no, Ready was False in boot a/,
    ],
    ['a host that was never missed', ({ power }) => power?.cut.changes.pop(), /w2 lost its power.*: no, it never/],
    [
      'a host that power does not bring back',
      ({ power }) => power?.started.changes.pop(),
      /w2 was given power again.*: no/,
    ],
  ];

  test.each(faults)('tell %s', (_, spoil, sentence) => {
    const evidence = goodEvidence();
    spoil(evidence);
    const failures = failuresOf(evidence);
    expect(failures.filter(failure => sentence.test(failure))).toHaveLength(1);
  });

  test('can fail, each of them: none is there that no fault of these spoils', () => {
    const spoiled = faults.flatMap(([, spoil]) => {
      const evidence = goodEvidence();
      spoil(evidence);
      return judge(evidence).flatMap(({ holds }, index) => (holds ? [] : index));
    });
    expect([...new Set(spoiled)].toSorted((a, b) => a - b)).toEqual(judge(goodEvidence()).map((_, index) => index));
  });

  test('say how long the hosts took', () => {
    const sentences = judge(goodEvidence()).map(({ sentence }) => sentence);
    expect(sentences.slice(-3)).toEqual([
      'w1 rebooted: its node was Ready again, in another boot, after 20.0 s',
      'w2 lost its power and did not come back: its node was Unknown, after 20.0 s',
      'w2 was given power again: its node was Ready, in another boot, after 20.0 s',
    ]);
  });

  test('tell a single control plane that nobody saw go away', () => {
    const [failure] = failuresOf(goodEvidence(goodTrial(1)));
    expect(failure).toMatch(/survived the swaps of etcd and API server: away for 0.0 s/);
  });
});

function set<T extends object>(object: T | undefined, values: Partial<T>): void {
  if (object === undefined) throw new Error('There is nothing to change.');
  Object.assign(object, values);
}

function swap(texts: string[], like: RegExp, by: string): void {
  texts[texts.findIndex(text => like.test(text))] = by;
}

function swapEnds(stories: { node: string }[]): void {
  const [first, last] = [stories[0], stories.at(-1)];
  if (first && last) [first.node, last.node] = [last.node, first.node];
}

function replan(evidence: SpoilableEvidence, changed: Partial<Evidence['plans']['before']>, after?: string): void {
  const { plans } = evidence;
  evidence.plans = {
    before: { ...plans.before, ...changed },
    after: { ...plans.after, ...(after !== undefined && { text: after }) },
  };
}
