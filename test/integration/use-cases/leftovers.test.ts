import { Redis } from 'ioredis';
import { answerAsk } from '../../../src/app/answer.ts';
import { onDecided } from '../../../src/app/start-run.ts';
import type { NodeView } from '../../../src/cluster/snapshot.ts';
import { OUT_OF_SERVICE } from '../../../src/cluster/taints.ts';
import { cluster, controlPlane, exampleClaim, worker } from '../../unit/plan/cluster-builder.ts';
import { World } from './world.ts';

const signal = new AbortController().signal;
const LEFT = exampleClaim({ run: 'r-forgotten', work: 'h0-2-w' });
const CORDONED = { unschedulable: true, claim: LEFT };
let world: World;

beforeEach(async () => {
  world = await World.open();
});
afterEach(() => world.close());

async function ask(id = 'p1'): Promise<unknown> {
  const request = { target: { kind: 'next' }, strategy: 'rolling', only: undefined } as const;
  await answerAsk(world.ask(id, { kind: 'plan', request }), world.worker, signal);
  const notice = world.queues.notices.at(-1)?.notice;
  return notice?.kind === 'answer' ? notice.answer : notice;
}

const nodeOf = (name: string) => world.snapshot.nodes.find(node => node.name === name);

function upgraded(...workers: readonly NodeView[]): void {
  world.snapshot = cluster([controlPlane('cp-1', '1.37.2'), ...workers]);
}

describe('nodes of a run that an emptied Redis has forgotten', () => {
  test('are given back where there is nothing to do any more, and with them the lease', async () => {
    upgraded(worker('w-1', '1.37.2', CORDONED), worker('w-2', '1.37.2'));
    world.lease = LEFT.run;
    expect(await ask()).toMatchObject({ kind: 'nothing-to-do', givenBack: ['w-1'] });
    expect(nodeOf('w-1')).toMatchObject({ claim: undefined, unschedulable: false });
    expect(world.lease).toBeUndefined();
    expect(world.reports).toEqual([
      'node w-1, which run r-forgotten left claimed, is given back',
      'the lease of run r-forgotten, which nobody goes on with, is given back',
    ]);
    expect(await ask('p2')).toMatchObject({ kind: 'nothing-to-do', givenBack: [] });
  });

  test('stay as they are where their host is at work still, and that is reported', async () => {
    upgraded(worker('w-1', '1.37.2', CORDONED), worker('w-2', '1.37.2', CORDONED));
    world.atWork.set('w-1', 'Job capstan-x is not over');
    expect(await ask()).toMatchObject({ kind: 'nothing-to-do', givenBack: ['w-2'] });
    expect(nodeOf('w-1')).toMatchObject({ claim: LEFT, unschedulable: true });
    expect(world.reports[0]).toContain('not given back yet: Job capstan-x is not over');
  });

  test('lose the taint that their run had set, and keep the one of somebody else', async () => {
    const taken = { ...CORDONED, taints: [OUT_OF_SERVICE] };
    upgraded(
      worker('w-1', '1.37.2', { ...taken, claim: { ...LEFT, outOfService: true } }),
      worker('w-2', '1.37.2', taken),
    );
    expect(await ask()).toMatchObject({ givenBack: ['w-1', 'w-2'] });
    expect(nodeOf('w-1')?.taints).toEqual([]);
    expect(nodeOf('w-2')?.taints).toEqual([OUT_OF_SERVICE]);
  });

  test('stay cordoned where somebody else had cordoned them', async () => {
    upgraded(worker('w-1', '1.37.2', { ...CORDONED, claim: { ...LEFT, wasUnschedulable: true } }));
    expect(await ask()).toMatchObject({ givenBack: ['w-1'] });
    expect(nodeOf('w-1')).toMatchObject({ claim: undefined, unschedulable: true });
  });

  test('stay as they are where they are not Ready: something is wrong with them', async () => {
    upgraded(worker('w-1', '1.37.2', { ...CORDONED, ready: 'False' }));
    expect(await ask()).toMatchObject({ kind: 'nothing-to-do', givenBack: [] });
    expect(nodeOf('w-1')).toMatchObject({ claim: LEFT, unschedulable: true });
  });

  test('are given back when another run begins that does not visit them', async () => {
    world.snapshot = cluster([
      controlPlane('cp-1', '1.37.2'),
      worker('w-1', '1.37.2', CORDONED),
      worker('w-2', '1.36.3'),
    ]);
    world.lease = LEFT.run;
    await ask();
    await world.approve('p1');
    await onDecided('p1', world.worker, signal);
    expect(world.released).toEqual(['w-1']);
    expect(world.lease).toBe('r-p1');
  });

  test('that the next run visits wait for their turn', async () => {
    world.snapshot = cluster([controlPlane('cp-1', '1.37.2'), worker('w-1', '1.36.3', CORDONED)]);
    world.lease = LEFT.run;
    await ask();
    await world.approve('p1');
    await onDecided('p1', world.worker, signal);
    expect(world.released).toEqual([]);
    expect(nodeOf('w-1')?.claim).toEqual(LEFT);
  });
});

test('a run whose record cannot be read holds the cluster, and what to do about it is reported', async () => {
  const redis = new Redis(world.redisUrl);
  try {
    await redis.set(`capstan:{${LEFT.run}}:run`, '{"run":7}');
    await redis.set('capstan:{prod}:latest-run', LEFT.run);
  } finally {
    redis.disconnect();
  }
  upgraded(worker('w-1', '1.37.2', CORDONED), worker('w-2', '1.36.3'));
  world.lease = LEFT.run;
  await ask();
  expect((await world.plan('p1')).plan.findings.map(({ code }) => code)).toContain('ANOTHER_RUN');
  expect([world.released, world.lease]).toEqual([[], LEFT.run]);
  const said = expect.stringMatching(/^run r-forgotten is neither gone on with nor freed.*"capstan:.*" may be deleted/);
  expect(world.reports).toEqual([said]);
  await answerAsk(world.ask('s1', { kind: 'status' }), world.worker, signal);
  expect(world.queues.notices.at(-1)?.notice).toMatchObject({ answer: { kind: 'status' } });
});

test('nodes of a run that is under way are nobody’s leftovers', async () => {
  await ask();
  await world.approve('p1');
  await onDecided('p1', world.worker, signal);
  upgraded(worker('w-1', '1.37.2', { unschedulable: true, claim: { ...LEFT, run: 'r-p1' } }));
  expect(await ask('p2')).toMatchObject({ kind: 'nothing-to-do', givenBack: [] });
  expect(world.released).toEqual([]);
  expect(world.lease).toBe('r-p1');
});
