import { HttpMethod, PatchStrategy, type ResponseContext, type V1Status } from '@kubernetes/client-node';
import { as, type Failure, failureOf, send } from './client.ts';
import { Evicting, GRANTED } from './evicting.ts';
import type { Abilities, Place } from './suite.ts';
import { AdmissionWebhook, type Asked, askAbout, askNobody, type Denial } from './webhook.ts';
import { runningPod } from './world.ts';

const HOOK = 'evictions.contract.example.com';
const LOOK_MS = 50;
/** The server pauses for half a second between its tries. */
const CONTESTED_MS = 60_000;

/** What admission answers to evictions, where the API server can ask a webhook of ours. */
export function evictionAdmissionContract(at: () => Place, { asksUs }: Abilities): void {
  let on: Evicting;
  let cleanUp: (() => Promise<unknown>)[] = [];

  interface Hooked {
    readonly about?: 'evictions' | 'budget statuses';
    readonly timeoutSeconds?: number;
    readonly failurePolicy?: 'Fail' | 'Ignore';
  }

  async function hook(webhook: { url: string; caBundle?: string }, { about = 'evictions', ...more }: Hooked = {}) {
    await askAbout(at().client, { about, namespace: on.namespace, name: HOOK, at: webhook, ...more });
    cleanUp.push(() => askNobody(at().client, on.namespace));
  }
  /** Has a webhook decide about real evictions from here on. */
  async function deciding(decide: (asked: Asked) => Denial | Promise<Denial>, more: Hooked = {}): Promise<void> {
    let isAsked: () => void = () => undefined;
    const asked = new Promise<void>(resolve => {
      isAsked = resolve;
    });
    const webhook = await AdmissionWebhook.start(async review => {
      isAsked();
      return review.dryRun ? undefined : await decide(review);
    });
    cleanUp.push(() => webhook.stop());
    await hook(webhook, more);
    await inForce(asked);
  }
  /** The API server learns of a webhook a moment after it was made: trial evictions show it. */
  async function inForce(asked: Promise<void>): Promise<void> {
    let over = false;
    void asked.then(() => {
      over = true;
    });
    while (!over) {
      await on.evict('any', {}, 'All');
      await new Promise(resolve => setTimeout(resolve, LOOK_MS));
    }
  }

  (asksUs ? describe : describe.skip)('evictions about which a webhook is asked', () => {
    beforeEach(async () => {
      cleanUp = [];
      on = await Evicting.start(at);
      await runningPod(at().client, on.namespace, { name: 'any' });
    });
    afterEach(async () => {
      for (const undo of cleanUp.reverse()) await undo();
    });

    it('are granted where it lets them through, and are asked about by the name of the pod', async () => {
      const asked: Asked[] = [];
      await deciding(each => void asked.push(each));
      expect(await on.evict('any')).toEqual(GRANTED);
      expect(asked).toEqual([{ name: 'any', dryRun: false }]);
    });

    it.each([400, 403, 404, 409, 422, 429, 500, 503, 504])(
      'are denied with the code of its choice: %i, and its words behind its name',
      async code => {
        await deciding(() => ({ code, message: 'not yet' }));
        const failure = await failureOf(on.evict('any'));
        expect(failure).toMatchObject({
          code,
          status: { message: `admission webhook "${HOOK}" denied the request: not yet`, code },
        });
        expect(failure.status?.details?.causes ?? []).toEqual([]);
        const { metadata } = await at().client.core.readNamespacedPod({ namespace: on.namespace, name: 'any' });
        expect(metadata?.deletionTimestamp).toBeUndefined();
      },
    );

    it('fail where it is silent: 500, with its name, after the time that it has', async () => {
      await deciding(() => 'silence');
      const failure = await failureOf(on.evict('any'));
      expect(failure).toMatchObject({ code: 500, status: { reason: 'InternalError' } });
      expect(failure.status?.message).toMatch(
        new RegExp(`^Internal error occurred: failed calling webhook "${HOOK}": failed to call webhook: Post "`),
      );
      expect(failure.status?.message).toMatch(/context deadline exceeded/);
    });

    it('end with the time that the request has, however long the webhook may take: 504, or not a word', async () => {
      await deciding(() => 'silence', { timeoutSeconds: 10 });
      const { namespace } = on;
      const body = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'any', namespace } };
      const path = `/api/v1/namespaces/${namespace}/pods/any/eviction?timeout=1s`;
      expect(await endingOf(send(at().client, HttpMethod.POST, path, { body }))).toMatch(
        /^(504 Timeout: request did not complete within .*|closed)$/,
      );
      const { metadata } = await at().client.core.readNamespacedPod({ namespace, name: 'any' });
      expect(metadata?.deletionTimestamp).toBeUndefined();
    });

    it(
      'give up where somebody writes the budget at each of twenty tries: 409, Conflict, of the budget',
      async () => {
        // Room for what is let go before the webhook is asked: its controller is in the same way as evictions then.
        for (const name of ['more-1', 'more-2', 'more-3']) await runningPod(at().client, on.namespace, { name });
        await on.budget('contested', { minAvailable: 0, selector: {} });
        await on.settledBudget('contested', ({ disruptionsAllowed }) => disruptionsAllowed === 4);
        let writes = 0;
        const webhook = await AdmissionWebhook.start(async () => {
          writes += 1;
          const body = { metadata: { annotations: { writes: `${writes}` } } };
          const named = { namespace: on.namespace, name: 'contested', body };
          await at().client.policy.patchNamespacedPodDisruptionBudget(named, as(PatchStrategy.MergePatch));
          return undefined;
        });
        cleanUp.push(() => webhook.stop());
        await hook(webhook, { about: 'budget statuses', timeoutSeconds: 5 });
        // Until the API server has learned of the webhook it lets pods go.
        let failure: Failure | undefined;
        for (let pod = 1; !failure; pod += 1) {
          await runningPod(at().client, on.namespace, { name: `pod-${pod}` });
          writes = 0;
          failure = await failureOrUndefined(on.evict(`pod-${pod}`));
        }
        expect(failure).toMatchObject({
          code: 409,
          status: {
            reason: 'Conflict',
            details: { name: 'contested', group: 'policy', kind: 'poddisruptionbudgets' },
            message: expect.stringMatching(
              /^Operation cannot be fulfilled on poddisruptionbudgets.policy "contested": /,
            ),
          },
        });
        expect(writes).toBeGreaterThanOrEqual(20);
      },
      CONTESTED_MS,
    );

    it('fail where nobody answers at its address: 500, with its name', async () => {
      await hook({ url: 'https://127.0.0.1:9/' });
      let failure = await failureOrUndefined(on.evict('any', {}, 'All'));
      while (!failure) failure = await failureOrUndefined(on.evict('any', {}, 'All'));
      expect(failure).toMatchObject({ code: 500, status: { reason: 'InternalError' } });
      expect(failure.status?.message).toMatch(
        new RegExp(`^Internal error occurred: failed calling webhook "${HOOK}": failed to call webhook: Post "`),
      );
    });

    it('are granted all the same where it may be left out (failurePolicy: Ignore)', async () => {
      await deciding(() => 'silence', { failurePolicy: 'Ignore' });
      expect(await on.evict('any')).toEqual(GRANTED);
    });
  });
}

/** Where the handler of a request and the server's clock give up at the same moment, the connection is closed. */
async function endingOf(request: Promise<ResponseContext>): Promise<string> {
  try {
    const { httpStatusCode, body } = await request;
    return `${httpStatusCode} ${(JSON.parse(await body.text()) as V1Status).message}`;
  } catch (error) {
    if (error instanceof TypeError) return 'closed';
    throw error;
  }
}

function failureOrUndefined(request: Promise<unknown>) {
  return failureOf(request).catch((error: Error) => {
    if (error.message.startsWith('The server did')) return undefined;
    throw error;
  });
}
