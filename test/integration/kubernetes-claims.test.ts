import { ALONE, CLAIM, ClaimedNode, NODE, PATCH } from '../support/claimed-node.ts';
import { NEVER } from '../support/kubernetes.ts';

let on: ClaimedNode;

beforeAll(async () => {
  on = await ClaimedNode.start();
});
afterAll(() => on.stage.stop());
afterEach(() => on.reset());

describe('the claim on a node', () => {
  it('is written, allows cordon and uncordon, and leaves the node as it was', async () => {
    const { nodes } = on.stage.kubernetes;
    expect(await nodes.claim(NODE, CLAIM, NEVER)).toMatchObject({ kind: 'ok', node: { name: NODE, claim: CLAIM } });
    expect((await nodes.get(NODE, NEVER))?.claim).toEqual(CLAIM);
    const cordoned = await nodes.cordon(NODE, CLAIM, ALONE, NEVER);
    expect(cordoned).toMatchObject({ kind: 'ok', node: { unschedulable: true, claim: { ...CLAIM, cordons: 1 } } });
    expect(await nodes.release(NODE, CLAIM, NEVER)).toMatchObject({ kind: 'ok', node: { unschedulable: false } });
    expect(on.standing()).toEqual({ claim: undefined, unschedulable: false });
  });

  it('keeps the cordon that somebody else had made', async () => {
    const { nodes } = on.stage.kubernetes;
    await on.cordonByHand();
    const claim = { ...CLAIM, wasUnschedulable: true };
    await nodes.claim(NODE, claim, NEVER);
    await nodes.cordon(NODE, claim, ALONE, NEVER);
    expect((await nodes.release(NODE, claim, NEVER)).kind).toBe('ok');
    expect(on.standing()).toEqual({ claim: undefined, unschedulable: true });
  });

  it('tells one cordon from the next, and is told again where it stands already', async () => {
    const { nodes } = on.stage.kubernetes;
    await nodes.claim(NODE, CLAIM, NEVER);
    await nodes.cordon(NODE, CLAIM, ALONE, NEVER);
    const before = on.stage.proxy.count(PATCH);
    expect(await nodes.cordon(NODE, CLAIM, ALONE, NEVER)).toMatchObject({ node: { claim: { cordons: 1 } } });
    expect(on.stage.proxy.count(PATCH)).toBe(before);
    await on.patch([{ op: 'add', path: '/spec/unschedulable', value: false }]);
    expect(await nodes.cordon(NODE, CLAIM, ALONE, NEVER)).toMatchObject({
      kind: 'ok',
      node: { unschedulable: true, claim: { cordons: 2, wasUnschedulable: false } },
    });
    // Of a later attempt it is the first one again.
    await nodes.claim(NODE, { ...CLAIM, attempt: 2 }, NEVER);
    expect((await nodes.get(NODE, NEVER))?.claim?.cordons).toBe(1);
  });

  it('leaves a cordon to whoever made it after the claim and before ours', async () => {
    const { nodes } = on.stage.kubernetes;
    await nodes.claim(NODE, CLAIM, NEVER);
    await on.cordonByHand();
    await nodes.cordon(NODE, CLAIM, ALONE, NEVER);
    await nodes.release(NODE, CLAIM, NEVER);
    expect(on.standing()).toEqual({ claim: undefined, unschedulable: true });
  });

  it('leaves a cordon alone that came to a node which it never cordoned', async () => {
    const { nodes } = on.stage.kubernetes;
    await nodes.claim(NODE, CLAIM, NEVER);
    await on.cordonByHand();
    await nodes.release(NODE, CLAIM, NEVER);
    expect(on.standing()).toEqual({ claim: undefined, unschedulable: true });
  });

  it('takes a cordon that came after the look of who claims for somebody else’s', async () => {
    const { nodes } = on.stage.kubernetes;
    await on.cordonByHand();
    const claimed = await nodes.claim(NODE, CLAIM, NEVER);
    expect(claimed).toMatchObject({ kind: 'ok', node: { claim: { wasUnschedulable: true } } });
  });

  it('is given to one of many who come at once, and the others learn whose it is', async () => {
    const runs = ['a', 'b', 'c', 'd', 'e'];
    const outcomes = await Promise.all(
      runs.map(run => on.stage.kubernetes.nodes.claim(NODE, { ...CLAIM, run }, NEVER)),
    );
    const winners = runs.filter((_, index) => outcomes[index]?.kind === 'ok');
    expect(winners).toHaveLength(1);
    for (const outcome of outcomes) {
      if (outcome.kind !== 'ok') expect(outcome).toMatchObject({ kind: 'taken', by: { run: winners[0] } });
    }
  });

  it('passes to a later attempt, which keeps what is known of the cordon; the earlier one has lost it', async () => {
    const { nodes } = on.stage.kubernetes;
    await nodes.claim(NODE, CLAIM, NEVER);
    const later = { ...CLAIM, attempt: 2, wasUnschedulable: true };
    expect(await nodes.claim(NODE, later, NEVER)).toMatchObject({
      kind: 'ok',
      node: { claim: { attempt: 2, wasUnschedulable: false } },
    });
    expect(await nodes.claim(NODE, CLAIM, NEVER)).toMatchObject({ kind: 'taken', by: { attempt: 2 } });
    expect(await nodes.cordon(NODE, CLAIM, ALONE, NEVER)).toEqual({ kind: 'lost' });
    expect(await nodes.release(NODE, CLAIM, NEVER)).toEqual({ kind: 'lost' });
    expect(on.standing().unschedulable).toBe(false);
  });

  it('is held by whoever comes for the same work and attempt, without another write', async () => {
    const { nodes } = on.stage.kubernetes;
    await nodes.claim(NODE, CLAIM, NEVER);
    const before = on.stage.proxy.count(PATCH);
    expect((await nodes.claim(NODE, CLAIM, NEVER)).kind).toBe('ok');
    expect(on.stage.proxy.count(PATCH)).toBe(before);
  });

  it('protects from the work of another run', async () => {
    const { nodes } = on.stage.kubernetes;
    await nodes.claim(NODE, CLAIM, NEVER);
    const other = { ...CLAIM, run: 'run-2' };
    expect(await nodes.claim(NODE, other, NEVER)).toEqual({ kind: 'taken', by: CLAIM });
    expect(await nodes.cordon(NODE, other, ALONE, NEVER)).toEqual({ kind: 'lost' });
    expect(on.standing().unschedulable).toBe(false);
  });

  it.each(['what is this', '{"run":"run-1"}', ''])(
    'that cannot be read (%j) is nobody’s to take or remove',
    async text => {
      const { nodes } = on.stage.kubernetes;
      await on.annotate(text);
      const claimed = await nodes.claim(NODE, CLAIM, NEVER);
      if (claimed.kind !== 'taken') throw new Error(`expected it to be taken, got ${claimed.kind}`);
      expect(claimed.by).toMatchObject({ run: '(unreadable)', wasUnschedulable: true });
      expect(await nodes.release(NODE, claimed.by, NEVER)).toEqual({ kind: 'lost' });
      expect(on.standing().claim).toBe(text);
    },
  );

  it('is recognised in the words of another release that writes more into it', async () => {
    await on.annotate(JSON.stringify({ since: 'noon', ...CLAIM }));
    expect((await on.stage.kubernetes.nodes.cordon(NODE, CLAIM, ALONE, NEVER)).kind).toBe('ok');
    expect((await on.stage.kubernetes.nodes.release(NODE, CLAIM, NEVER)).kind).toBe('ok');
    expect(on.standing()).toEqual({ claim: undefined, unschedulable: false });
  });

  describe('that a run which nobody goes on with has left', () => {
    const LEFT = { ...CLAIM, run: 'run-0' };

    it('passes to the next one in one patch, which keeps the cordon and knows whose it is', async () => {
      const { nodes } = on.stage.kubernetes;
      await nodes.claim(NODE, LEFT, NEVER);
      await nodes.cordon(NODE, LEFT, ALONE, NEVER);
      const before = on.stage.proxy.count(PATCH);
      const taken = await nodes.takeOver(NODE, LEFT, CLAIM, NEVER);
      expect(taken).toMatchObject({ kind: 'ok', node: { unschedulable: true, claim: { ...CLAIM, cordons: 1 } } });
      expect(on.stage.proxy.count(PATCH)).toBe(before + 1);
      await nodes.release(NODE, CLAIM, NEVER);
      expect(on.standing()).toEqual({ claim: undefined, unschedulable: false });
    });

    it.each([
      ['before that run', { wasUnschedulable: true, cordons: 1 }],
      ['where that run never cordons', { wasUnschedulable: true, cordons: 0 }],
      ['after that run had claimed it', { wasUnschedulable: false, cordons: 0 }],
    ])('leaves a cordon to whoever made it %s', async (_when, was) => {
      const { nodes } = on.stage.kubernetes;
      await on.cordonByHand();
      await on.annotate(JSON.stringify({ ...LEFT, ...was }));
      await nodes.takeOver(NODE, LEFT, CLAIM, NEVER);
      await nodes.cordon(NODE, CLAIM, ALONE, NEVER);
      await nodes.release(NODE, CLAIM, NEVER);
      expect(on.standing()).toEqual({ claim: undefined, unschedulable: true });
    });

    it('is nobody’s to take over where another one has it by now, or it cannot be read', async () => {
      const { nodes } = on.stage.kubernetes;
      await nodes.claim(NODE, { ...CLAIM, run: 'run-2' }, NEVER);
      expect(await nodes.takeOver(NODE, LEFT, CLAIM, NEVER)).toEqual({ kind: 'lost' });
      await on.annotate('what is this');
      const read = (await nodes.get(NODE, NEVER))?.claim ?? LEFT;
      expect(await nodes.takeOver(NODE, read, CLAIM, NEVER)).toEqual({ kind: 'lost' });
    });
  });

  it('cannot be on a node that does not exist', async () => {
    const { nodes } = on.stage.kubernetes;
    expect(await nodes.get('nowhere', NEVER)).toBeUndefined();
    expect(await nodes.claim('nowhere', CLAIM, NEVER)).toEqual({ kind: 'gone' });
    expect(await nodes.cordon('nowhere', CLAIM, ALONE, NEVER)).toEqual({ kind: 'gone' });
    expect(await nodes.release('nowhere', CLAIM, NEVER)).toEqual({ kind: 'gone' });
  });
});

describe('the label that keeps load balancers away', () => {
  const EXCLUDE = 'node.kubernetes.io/exclude-from-external-load-balancers';
  const PATH = '/metadata/labels/node.kubernetes.io~1exclude-from-external-load-balancers';
  const EXCLUDING = { excludeFromLoadBalancers: true };

  async function label(): Promise<string | undefined> {
    return (await on.stage.kubernetes.nodes.get(NODE, NEVER))?.labels[EXCLUDE];
  }

  it('is set with the cordon and removed with the claim', async () => {
    const { nodes } = on.stage.kubernetes;
    await nodes.claim(NODE, CLAIM, NEVER);
    const cordoned = await nodes.cordon(NODE, CLAIM, EXCLUDING, NEVER);
    expect(cordoned).toMatchObject({ node: { labels: { [EXCLUDE]: '' }, claim: { excluded: true } } });
    await nodes.claim(NODE, { ...CLAIM, attempt: 2 }, NEVER);
    expect((await nodes.release(NODE, { ...CLAIM, attempt: 2 }, NEVER)).kind).toBe('ok');
    expect(await label()).toBeUndefined();
  });

  it('stays where somebody else had set it', async () => {
    const { nodes } = on.stage.kubernetes;
    await on.patch([{ op: 'add', path: PATH, value: 'for-ever' }]);
    await nodes.claim(NODE, CLAIM, NEVER);
    await nodes.cordon(NODE, CLAIM, EXCLUDING, NEVER);
    await nodes.release(NODE, CLAIM, NEVER);
    expect(await label()).toBe('for-ever');
    await on.patch([{ op: 'remove', path: PATH }]);
  });

  it('may have been removed by somebody meanwhile', async () => {
    const { nodes } = on.stage.kubernetes;
    await nodes.claim(NODE, CLAIM, NEVER);
    await nodes.cordon(NODE, CLAIM, EXCLUDING, NEVER);
    await on.patch([{ op: 'remove', path: PATH }]);
    expect((await nodes.release(NODE, CLAIM, NEVER)).kind).toBe('ok');
    expect(on.standing()).toEqual({ claim: undefined, unschedulable: false });
  });

  it('is set on a node that carries no label yet', async () => {
    const { nodes } = on.stage.kubernetes;
    const { labels } = (await nodes.get(NODE, NEVER)) ?? {};
    await on.patch([{ op: 'remove', path: '/metadata/labels' }]);
    await nodes.claim(NODE, CLAIM, NEVER);
    await nodes.cordon(NODE, CLAIM, EXCLUDING, NEVER);
    expect(await label()).toBe('');
    await nodes.release(NODE, CLAIM, NEVER);
    await on.patch([{ op: 'add', path: '/metadata/labels', value: labels }]);
  });
});
