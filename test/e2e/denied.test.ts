import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AdmissionregistrationV1Api, type ApiException } from '@kubernetes/client-node';
import type { Blocker } from '../../src/run/blocker.ts';
import { clientOf, failureOf } from '../contract/client.ts';
import { AdmissionWebhook, askAbout, type Denial } from '../contract/webhook.ts';
import { kubeconfigFor } from '../controlplane/service-account.ts';
import { START_MS } from './cluster.ts';
import { DrainScene } from './drain-scene.ts';

const EVICTED = { kind: 'evicted' };
const HOOK = 'evictions.kubevirt.example.com';
const PAUSE_MS = 5_000;
const REQUEST_SECONDS = 10;
const DRAIN_MS = 60_000;
const LOOK_MS = 50;

describe('an eviction that something else than a budget denies, on a real API server', () => {
  let scene: DrainScene;
  let namespace: string;
  let cleanUp: (() => Promise<unknown>)[];

  beforeAll(async () => {
    scene = await DrainScene.start({ requestSeconds: REQUEST_SECONDS });
  }, START_MS);
  afterAll(() => scene?.stop(), 30_000);
  beforeEach(async () => {
    cleanUp = [];
    namespace = await scene.namespace();
  });
  afterEach(async () => {
    await scene.clear(namespace);
    for (const undo of cleanUp.reverse()) await undo();
  });

  const admission = () => scene.admin.config.makeApiClient(AdmissionregistrationV1Api);
  const tryEvicting = (name: string) =>
    scene.admin.core.createNamespacedPodEviction({ namespace, name, dryRun: 'All', body: { metadata: { name } } });
  /** The API server learns of a webhook or a policy a moment after it was made. */
  const inForce = async (name: string, sentence: string) => {
    await eventually(async () => {
      const denied = await tryEvicting(name).then(
        () => undefined,
        (error: ApiException<string>) => error.body,
      );
      return denied?.includes(sentence);
    });
  };

  const hook = async (webhook: { url: string; caBundle?: string }, timeoutSeconds = 1) => {
    await askAbout(scene.admin, { about: 'evictions', namespace, name: HOOK, at: webhook, timeoutSeconds });
    cleanUp.push(unhook);
  };
  const unhook = () => admission().deleteCollectionValidatingWebhookConfiguration();

  /** Denies as `decide` says, from now on; trial evictions with 418. */
  async function denying(decide: (pod: string) => Denial, timeoutSeconds?: number): Promise<void> {
    const webhook = await AdmissionWebhook.start(({ name, dryRun }) =>
      dryRun ? { code: 418, message: 'a trial' } : decide(name),
    );
    cleanUp.push(() => webhook.stop());
    await hook(webhook, timeoutSeconds);
  }

  it(
    '429 of a webhook, as KubeVirt answers: is asked again after ever longer pauses, and holds up nobody else',
    async () => {
      await Promise.all(['machine', 'free'].map(name => scene.pod(namespace, name)));
      const asked: number[] = [];
      await denying(pod => {
        if (pod !== 'machine') return undefined;
        asked.push(Date.now());
        return asked.length < 3 ? { code: 429, message: 'Eviction triggered evacuation of VMI' } : undefined;
      });
      await inForce('machine', 'admission webhook');
      const told: Blocker[] = [];
      const { answers } = await scene.drain({ onReport: async blockers => void told.push(...blockers) });
      const detail = `admission webhook "${HOOK}" denied the request: Eviction triggered evacuation of VMI`;
      const by = { kind: 'webhook', name: HOOK };
      const denied = { kind: 'denied', by, detail, retryAfterSeconds: undefined };
      expect(answers.filter(([pod]) => pod === 'machine').map(([, answer]) => answer)).toEqual([
        denied,
        denied,
        EVICTED,
      ]);
      expect(answers.filter(([pod]) => pod === 'free')).toEqual([['free', EVICTED]]);
      expect(answers.findIndex(([pod]) => pod === 'free')).toBeLessThan(2);
      expect(told).toContainEqual(
        expect.objectContaining({ pod: `${namespace}/machine`, cause: { kind: 'denied', by, detail } }),
      );
      const [first = 0, second = 0, third = 0] = asked;
      expect(second - first).toBeGreaterThanOrEqual(PAUSE_MS);
      expect(third - second).toBeGreaterThanOrEqual(2 * PAUSE_MS);
    },
    DRAIN_MS,
  );

  it(
    '400, 403, 404, 409, 422, 500 and 503 of a webhook: mean its no, and not what the server means by them',
    async () => {
      const codes = [400, 403, 404, 409, 422, 500, 503];
      await Promise.all(codes.map(code => scene.pod(namespace, `pod-${code}`)));
      const first = new Map<string, number>();
      await denying(pod => {
        const since = first.get(pod) ?? Date.now();
        first.set(pod, since);
        // 403 and 404 of a server that the client has just come to know are asked for once more at once.
        return Date.now() - since < LOOK_MS * 20
          ? { code: Number(pod.slice('pod-'.length)), message: 'not yet' }
          : undefined;
      });
      await inForce('pod-400', 'admission webhook');
      const { answers } = await scene.drain();
      const denied = { kind: 'denied', by: { kind: 'webhook', name: HOOK } };
      for (const code of codes) {
        const own = answers.filter(([pod]) => pod === `pod-${code}`).map(([, answer]) => answer);
        expect(own).toEqual([expect.objectContaining(denied), EVICTED]);
      }
    },
    DRAIN_MS,
  );

  it.each<[string, (use: typeof denying) => Promise<void>]>([
    ['is not there', () => hook({ url: 'https://127.0.0.1:9/' })],
    ['is silent', use => use(() => 'silence')],
  ])(
    '500 where a webhook %s: names it, and goes on once it is out of the way',
    async (_, put) => {
      await scene.pod(namespace, 'stuck');
      await put(denying);
      await inForce('stuck', 'webhook');
      const told: Blocker[] = [];
      const { answers } = await scene.drain({
        onReport: async blockers => {
          told.push(...blockers);
          if (blockers.length > 0) await unhook();
        },
      });
      expect(told[0]).toMatchObject({
        cause: {
          kind: 'denied',
          by: { kind: 'webhook', name: HOOK },
          detail: expect.stringContaining('failed calling'),
        },
      });
      expect(answers.at(-1)).toEqual(['stuck', EVICTED]);
    },
    DRAIN_MS,
  );

  it(
    '504, or a closed connection, where the server has no time left for a webhook: says so, and goes on once it is away',
    async () => {
      await Promise.all(['stuck', 'other'].map(name => scene.pod(namespace, name)));
      await denying(pod => (pod === 'stuck' ? 'silence' : undefined), 3 * REQUEST_SECONDS);
      await inForce('stuck', 'admission webhook');
      const told: Blocker[] = [];
      const { answers } = await scene.drain({
        onReport: async blockers => {
          told.push(...blockers);
          if (blockers.some(({ cause }) => cause.kind === 'trouble')) await unhook();
        },
      });
      expect(answers).toEqual([
        ['other', EVICTED],
        ['stuck', expect.objectContaining({ kind: 'trouble' })],
        ['stuck', EVICTED],
      ]);
      // Where the handler of the request and the server's clock give up at the same moment, neither has the word.
      const said = told.flatMap(({ pod, cause }) =>
        cause.kind === 'trouble' ? [`${pod} ${cause.code} ${cause.detail}`] : [],
      );
      const ending = '(504 Timeout: request did not complete within .*|undefined it closed the connection)';
      expect(said[0]).toMatch(new RegExp(`^${namespace}/stuck ${ending}$`));
    },
    DRAIN_MS,
  );

  it.each([
    [422, 'Invalid'],
    [403, 'Forbidden'],
  ])(
    '%i of a ValidatingAdmissionPolicy (%s): names it, and goes on once it is gone',
    async (code, reason) => {
      await scene.pod(namespace, 'kept');
      const name = `keep-${code}`;
      await admission().createValidatingAdmissionPolicy({
        body: {
          metadata: { name },
          spec: {
            matchConstraints: {
              resourceRules: [
                { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods/eviction'] },
              ],
            },
            validations: [{ expression: 'false', message: 'ask first', reason }],
          },
        },
      });
      await admission().createValidatingAdmissionPolicyBinding({
        body: { metadata: { name }, spec: { policyName: name, validationActions: ['Deny'] } },
      });
      const away = () => admission().deleteCollectionValidatingAdmissionPolicyBinding();
      cleanUp.push(away, () => admission().deleteCollectionValidatingAdmissionPolicy());
      await inForce('kept', 'ask first');
      expect(await failureOf(tryEvicting('kept'))).toMatchObject({ code });
      const told: Blocker[] = [];
      const { answers } = await scene.drain({
        onReport: async blockers => {
          told.push(...blockers);
          if (blockers.length > 0) await away();
        },
      });
      expect(told[0]).toMatchObject({
        cause: {
          kind: 'denied',
          by: { kind: 'policy', name },
          detail: expect.stringMatching(/denied request: ask first$/),
        },
      });
      expect(answers.at(-1)).toEqual(['kept', EVICTED]);
    },
    DRAIN_MS,
  );

  it(
    '403 of RBAC: fails the drain, with the right that is missing',
    async () => {
      const pod = await scene.pod(namespace, 'guarded');
      const name = 'onlooker';
      await scene.admin.core.createNamespacedServiceAccount({ namespace, body: { metadata: { name } } });
      await scene.admin.rbac.createClusterRoleBinding({
        body: {
          metadata: { name },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
          subjects: [{ kind: 'ServiceAccount', namespace, name }],
        },
      });
      cleanUp.push(() => scene.admin.rbac.deleteClusterRoleBinding({ name }));
      const kubeconfig = join(scene.folder, `${name}.conf`);
      const access = await kubeconfigFor(scene.admin, namespace, name);
      await writeFile(kubeconfig, access);
      const { core } = clientOf(access);
      await eventually(() =>
        core.listPodForAllNamespaces().then(
          () => true,
          () => false,
        ),
      );
      await expect(scene.drain({ kubeconfig })).rejects.toThrow(
        new RegExp(
          `does not let us create pods/eviction ${namespace}/guarded: .*cannot create resource "pods/eviction"`,
        ),
      );
      const found = await scene.admin.core.readNamespacedPod({ namespace, name: 'guarded' });
      expect(found.metadata).toMatchObject({ uid: pod.metadata?.uid });
      expect(found.metadata?.deletionTimestamp).toBeUndefined();
    },
    DRAIN_MS,
  );
});

async function eventually(look: () => Promise<boolean | undefined>): Promise<void> {
  while (!(await look())) await delay(LOOK_MS);
}
