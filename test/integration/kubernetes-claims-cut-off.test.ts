import { ALONE, CLAIM, ClaimedNode, NODE, PATCH } from '../support/claimed-node.ts';
import { NEVER } from '../support/kubernetes.ts';
import { next, PASS } from '../support/meddling-proxy.ts';

let on: ClaimedNode;

beforeAll(async () => {
  on = await ClaimedNode.start();
});
afterAll(() => on.stage.stop());
afterEach(() => on.reset());

describe('a claim that is under way when it is not wanted any more', () => {
  it('is waited for, so that whoever looks then finds it', async () => {
    const stop = new AbortController();
    on.stage.proxy.meddle = line => {
      if (line === PATCH) stop.abort(new Error('stopped'));
      return PASS;
    };
    expect(await on.stage.kubernetes.nodes.claim(NODE, CLAIM, stop.signal)).toMatchObject({ kind: 'ok' });
    expect(JSON.parse(on.standing().claim ?? '')).toEqual(CLAIM);
  });

  it('is given up within a second where no answer comes', async () => {
    const stop = new AbortController();
    let stopped = Number.POSITIVE_INFINITY;
    on.stage.proxy.meddle = line => {
      if (line !== PATCH) return PASS;
      stopped = performance.now();
      stop.abort(new Error('stopped'));
      return { kind: 'fall-silent' };
    };
    await expect(on.stage.kubernetes.nodes.claim(NODE, CLAIM, stop.signal)).rejects.toThrow('stopped');
    expect(performance.now() - stopped).toBeLessThan(1_000);
  });
});

describe('a patch whose answer was lost', () => {
  it.each([1, 2])('claims the node all the same (%i answers lost)', async lost => {
    on.stage.proxy.meddle = next(lost, PATCH, { kind: 'lose-answer' });
    expect(await on.stage.kubernetes.nodes.claim(NODE, CLAIM, NEVER)).toMatchObject({
      kind: 'ok',
      node: { claim: CLAIM },
    });
  });

  it('cordons the node once, not twice', async () => {
    const { nodes } = on.stage.kubernetes;
    await nodes.claim(NODE, CLAIM, NEVER);
    on.stage.proxy.meddle = next(1, PATCH, { kind: 'lose-answer' });
    expect(await nodes.cordon(NODE, CLAIM, ALONE, NEVER)).toMatchObject({ node: { claim: { cordons: 1 } } });
  });

  it('releases the node, and is not taken for a lost claim', async () => {
    const { nodes } = on.stage.kubernetes;
    await nodes.claim(NODE, CLAIM, NEVER);
    await nodes.cordon(NODE, CLAIM, ALONE, NEVER);
    on.stage.proxy.meddle = next(1, PATCH, { kind: 'lose-answer' });
    expect(await nodes.release(NODE, CLAIM, NEVER)).toMatchObject({ kind: 'ok', node: { unschedulable: false } });
    expect(on.standing()).toEqual({ claim: undefined, unschedulable: false });
  });

  it('tells a lost claim from that where somebody else has claimed the node meanwhile', async () => {
    const { nodes } = on.stage.kubernetes;
    await on.annotate(JSON.stringify({ ...CLAIM, run: 'run-2' }));
    on.stage.proxy.meddle = next(1, PATCH, { kind: 'lose-answer' });
    expect(await nodes.release(NODE, CLAIM, NEVER)).toEqual({ kind: 'lost' });
    expect(JSON.parse(on.standing().claim ?? '')).toMatchObject({ run: 'run-2' });
  });
});
