import { failureOf } from './client.ts';
import { Evicting, GRANTED } from './evicting.ts';
import type { Abilities, Place } from './suite.ts';
import { AdmissionWebhook, type Asked, askAboutEvictions, askNobody, type Denial } from './webhook.ts';
import { runningPod } from './world.ts';

const HOOK = 'evictions.contract.example.com';
const LOOK_MS = 50;

/** What admission answers to evictions, where the API server can ask a webhook of ours. */
export function evictionAdmissionContract(at: () => Place, { asksUs }: Abilities): void {
  let on: Evicting;
  let cleanUp: (() => Promise<unknown>)[] = [];

  interface Hooked {
    readonly timeoutSeconds?: number;
    readonly failurePolicy?: 'Fail' | 'Ignore';
  }

  async function hook(webhook: { url: string; caBundle?: string }, more: Hooked = {}): Promise<void> {
    await askAboutEvictions(at().client, { namespace: on.namespace, name: HOOK, at: webhook, ...more });
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

function failureOrUndefined(request: Promise<unknown>) {
  return failureOf(request).catch((error: Error) => {
    if (error.message.startsWith('The server did')) return undefined;
    throw error;
  });
}
