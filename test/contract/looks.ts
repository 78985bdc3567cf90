import {
  AdmissionregistrationV1Api,
  CustomObjectsApi,
  PatchStrategy,
  type V1ValidatingWebhook,
} from '@kubernetes/client-node';
import { as, failureOf, raw } from './client.ts';
import type { Place } from './suite.ts';
import { MARK } from './traces.ts';
import { freshNamespace, nameOf } from './world.ts';

/** What the checks of a plan read. */
export function lookContract(at: () => Place): void {
  describe('what checks read', () => {
    let namespace: string;

    beforeAll(async () => {
      namespace = await freshNamespace(at().client);
    });

    describe('of an admission webhook', () => {
      const admission = () => at().client.config.makeApiClient(AdmissionregistrationV1Api);
      const create = (webhook: V1ValidatingWebhook) =>
        admission().createValidatingWebhookConfiguration({
          body: { metadata: { name: namespace, annotations: MARK }, webhooks: [webhook] },
        });
      const COMPLETE: V1ValidatingWebhook = {
        name: 'nobody.contract.example.com',
        clientConfig: { service: { namespace: 'nowhere', name: 'hook' } },
        rules: [
          { apiGroups: ['contract.example.com'], apiVersions: ['*'], operations: ['CREATE'], resources: ['things'] },
        ],
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
      };

      it('is complete: it fails closed, and without selectors is asked about everything', async () => {
        const made = await create(COMPLETE);
        await admission().deleteValidatingWebhookConfiguration({ name: nameOf(made) });
        expect(made.webhooks).toEqual([
          {
            ...COMPLETE,
            clientConfig: { service: { namespace: 'nowhere', name: 'hook', port: 443 } },
            rules: [expect.objectContaining({ operations: ['CREATE'], scope: '*' })],
            failurePolicy: 'Fail',
            matchPolicy: 'Equivalent',
            namespaceSelector: {},
            objectSelector: {},
            timeoutSeconds: 10,
          },
        ]);
      });

      it.each<[string, Partial<V1ValidatingWebhook>, string, string]>([
        [
          'a name of two parts',
          { name: 'example.com' },
          'webhooks[0].name',
          'Invalid value: "example.com": should be a domain with at least three segments separated by dots',
        ],
        [
          'nobody to ask',
          { clientConfig: {} },
          'webhooks[0].clientConfig',
          'Required value: exactly one of url or service is required',
        ],
        [
          'no word on side effects',
          { sideEffects: '' },
          'webhooks[0].sideEffects',
          'Unsupported value: "": supported values: "None", "NoneOnDryRun"',
        ],
        [
          'no version of the question',
          { admissionReviewVersions: [] },
          'webhooks[0].admissionReviewVersions',
          'Required value: must specify one of v1, v1beta1',
        ],
      ])('is refused with %s', async (_what, more, field, message) => {
        const { code, status } = await failureOf(create({ ...COMPLETE, ...more }));
        expect(code).toBe(422);
        expect(status?.details?.causes).toContainEqual({
          field,
          message,
          reason: expect.stringMatching(/^FieldValue/),
        });
      });
    });

    it('of a namespace: it carries its name as a label', async () => {
      const { metadata } = await at().client.core.readNamespace({ name: namespace });
      expect(metadata?.labels).toEqual({ 'kubernetes.io/metadata.name': namespace });
    });

    describe('of a service', () => {
      it('tells which pods serve it', async () => {
        const { core } = at().client;
        const body = { metadata: { name: 'hook' }, spec: { selector: { app: 'hook' }, ports: [{ port: 443 }] } };
        const made = await core.createNamespacedService({ namespace, body });
        expect(made.spec).toMatchObject({ type: 'ClusterIP', selector: { app: 'hook' } });
        expect(made.spec?.ports).toEqual([{ port: 443, protocol: 'TCP', targetPort: 443 }]);
      });

      it('is refused without ports', async () => {
        const { core } = at().client;
        const body = { metadata: { name: 'dumb' }, spec: { selector: { app: 'dumb' } } };
        expect((await failureOf(core.createNamespacedService({ namespace, body }))).status).toMatchObject({
          message: 'Service "dumb" is invalid: spec.ports: Required value',
          code: 422,
        });
      });
    });

    describe('of a volume', () => {
      const local = { path: '/mnt/disk' };
      const expression = { key: 'kubernetes.io/hostname', operator: 'In', values: ['nowhere'] };
      const nodeAffinity = { required: { nodeSelectorTerms: [{ matchExpressions: [expression] }] } };
      const spec = () => ({
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'contract',
        claimRef: { namespace, name: 'data' },
      });

      it('tells who claims it, and which nodes can mount it', async () => {
        const { core } = at().client;
        const body = { metadata: { name: namespace, annotations: MARK }, spec: { ...spec(), local, nodeAffinity } };
        const made = await core.createPersistentVolume({ body });
        await core.deletePersistentVolume({ name: namespace });
        expect(made.spec).toMatchObject({
          claimRef: { namespace, name: 'data' },
          local,
          nodeAffinity,
          persistentVolumeReclaimPolicy: 'Retain',
          volumeMode: 'Filesystem',
        });
      });

      it.each([
        ['nothing to mount', {}, 'spec', 'Required value: must specify a volume type'],
        ['a disk of no node', { local }, 'spec.nodeAffinity', 'Required value: Local volume requires node affinity'],
      ])('is refused with %s', async (_what, more, field, message) => {
        const { core } = at().client;
        const body = { metadata: { name: namespace }, spec: { ...spec(), ...more } };
        const { code, status } = await failureOf(core.createPersistentVolume({ body }));
        expect(code).toBe(422);
        expect(status?.details?.causes).toContainEqual({ field, message, reason: 'FieldValueRequired' });
      });
    });

    describe('of who wrote an object', () => {
      it('is each manager, with the version of the API that it used', async () => {
        const { core } = at().client;
        const body = { metadata: { name: 'written' }, data: { a: '1' } };
        await core.createNamespacedConfigMap({ namespace, body, fieldManager: 'first' });
        const patch = { metadata: { labels: { by: 'second' } } };
        const request = { namespace, name: 'written', body: patch, fieldManager: 'second' };
        const { metadata } = await core.patchNamespacedConfigMap(request, as(PatchStrategy.MergePatch));
        const managers = metadata?.managedFields?.map(({ manager, operation, apiVersion }) => [
          manager,
          operation,
          apiVersion,
        ]);
        expect(managers?.sort()).toEqual([
          ['first', 'Update', 'v1'],
          ['second', 'Update', 'v1'],
        ]);
      });

      it('is the same where nothing was changed', async () => {
        const { core } = at().client;
        const made = await core.createNamespacedConfigMap({
          namespace,
          body: { metadata: { name: 'same' }, data: { a: '1' } },
        });
        const request = { namespace, name: 'same', body: { data: { a: '1' } }, fieldManager: 'second' };
        const again = await core.patchNamespacedConfigMap(request, as(PatchStrategy.MergePatch));
        expect(again.metadata?.managedFields).toEqual(made.metadata?.managedFields);
      });
    });

    it('of a version that is about to go: a warning, a count in the metrics, and the objects written in it', async () => {
      const { client } = at();
      const { versions, preferredVersion } = await parsed<Group>('/apis/networking.k8s.io');
      expect(preferredVersion).toEqual({ groupVersion: 'networking.k8s.io/v1', version: 'v1' });
      // No release since 1.37 serves it, and those before only where it was asked for.
      if (!versions.some(({ version }) => version === 'v1beta1')) {
        const { httpStatusCode } = await raw(client, '/apis/networking.k8s.io/v1beta1/servicecidrs');
        return expect(httpStatusCode).toBe(404);
      }
      const cidrs = client.config.makeApiClient(CustomObjectsApi);
      const cidr = { group: 'networking.k8s.io', version: 'v1beta1', plural: 'servicecidrs' };
      const body = {
        apiVersion: 'networking.k8s.io/v1beta1',
        kind: 'ServiceCIDR',
        metadata: { generateName: 'contract-', annotations: MARK },
        spec: { cidrs: ['10.97.0.0/24'] },
      };
      const made = await cidrs.createClusterCustomObject({ ...cidr, body, fieldManager: 'contract' });
      const name = nameOf(made);
      expect(made).toMatchObject({ apiVersion: 'networking.k8s.io/v1beta1', kind: 'ServiceCIDR' });
      const { headers } = await raw(client, `/apis/networking.k8s.io/v1beta1/servicecidrs/${name}`);
      expect(headers.warning).toBe(
        '299 - "networking.k8s.io/v1beta1 ServiceCIDR is deprecated in v1.34+, unavailable in v1.37+"',
      );
      const { body: metrics } = await raw(client, '/metrics');
      expect(await metrics.text()).toContain(
        'apiserver_requested_deprecated_apis{group="networking.k8s.io",removed_release="1.37",resource="servicecidrs",subresource="",version="v1beta1"} 1',
      );
      const read = await parsed<Written>(`/apis/networking.k8s.io/v1/servicecidrs/${name}`);
      await cidrs.deleteClusterCustomObject({ ...cidr, name });
      expect(read).toMatchObject({ apiVersion: 'networking.k8s.io/v1', kind: 'ServiceCIDR' });
      const writers = read.metadata.managedFields.filter(({ manager }) => manager === 'contract');
      expect(writers.map(({ apiVersion }) => apiVersion)).toEqual(['networking.k8s.io/v1beta1']);
    });

    async function parsed<T>(path: string): Promise<T> {
      const { body } = await raw(at().client, path);
      return JSON.parse(await body.text()) as T;
    }
  });
}

interface Group {
  readonly versions: readonly { readonly version: string }[];
  readonly preferredVersion: object;
}

interface Written {
  readonly metadata: { readonly managedFields: readonly { readonly manager: string; readonly apiVersion: string }[] };
}
