import { failureOf, raw, strangerOf } from './client.ts';
import type { Place } from './suite.ts';

export function accessContract(at: () => Place): void {
  describe('access', () => {
    it('tells its version to everybody', async () => {
      const { body, httpStatusCode } = await raw(strangerOf(at().client, undefined), '/version');
      expect(httpStatusCode).toBe(200);
      expect(JSON.parse(await body.text())).toMatchObject({
        major: '1',
        minor: expect.stringMatching(/^\d+$/),
        gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/),
        platform: expect.any(String),
      });
    });

    it.each(['/readyz', '/livez', '/healthz'])('answers %s with ok', async path => {
      const { body, headers, httpStatusCode } = await raw(at().client, path);
      expect(httpStatusCode).toBe(200);
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(await body.text()).toBe('ok');
    });

    it('gives its metrics as Prometheus text', async () => {
      const { body, headers } = await raw(at().client, '/metrics');
      expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4; charset=utf-8/);
      expect(await body.text()).toMatch(/^# HELP apiserver_/m);
    });

    it('counts in its metrics which deprecated APIs somebody asks for', async () => {
      const asked = async () => {
        const { body } = await raw(at().client, '/metrics');
        const lines = (await body.text()).split('\n');
        return lines.filter(line => line.startsWith('apiserver_requested_deprecated_apis{'));
      };
      const { httpStatusCode, headers } = await raw(at().client, '/api/v1/namespaces/default/endpoints?limit=1');
      expect(httpStatusCode).toBe(200);
      expect(headers.warning).toMatch(
        /^299 - "v1 Endpoints is deprecated in v1\.33\+; use discovery\.k8s\.io\/v1 EndpointSlice"/,
      );
      expect(await asked()).toContain(
        'apiserver_requested_deprecated_apis{group="",removed_release="",resource="endpoints",subresource="",version="v1"} 1',
      );
    });

    it('takes a wrong token for nobody: 401, with nothing that the client can read', async () => {
      const stranger = strangerOf(at().client, 'wrong');
      expect(await failureOf(stranger.core.listNode())).toMatchObject({ code: 401, status: undefined });
      expect((await raw(stranger, '/version')).httpStatusCode).toBe(401);
    });

    it('refuses who brings no credentials with 403, naming user, verb and resource', async () => {
      const { core, policy } = strangerOf(at().client, undefined);
      expect(await failureOf(core.listNode())).toMatchObject({
        code: 403,
        status: {
          kind: 'Status',
          status: 'Failure',
          reason: 'Forbidden',
          code: 403,
          details: { kind: 'nodes' },
          message:
            'nodes is forbidden: User "system:anonymous" cannot list resource "nodes" in API group "" at the cluster scope',
        },
      });
      const eviction = { metadata: { name: 'some' } };
      const evicted = core.createNamespacedPodEviction({ namespace: 'default', name: 'some', body: eviction });
      expect((await failureOf(evicted)).status?.message).toBe(
        'pods "some" is forbidden: User "system:anonymous" cannot create resource "pods/eviction" in API group "" in the namespace "default"',
      );
      const budgets = policy.listNamespacedPodDisruptionBudget({ namespace: 'default' });
      expect((await failureOf(budgets)).status).toMatchObject({
        message:
          'poddisruptionbudgets.policy is forbidden: User "system:anonymous" cannot list resource "poddisruptionbudgets" in API group "policy" in the namespace "default"',
        details: { group: 'policy', kind: 'poddisruptionbudgets' },
      });
      const { body } = await raw(strangerOf(at().client, undefined), '/metrics');
      expect(JSON.parse(await body.text())).toMatchObject({
        message: 'forbidden: User "system:anonymous" cannot get path "/metrics"',
      });
    });

    it('knows no such path: plain text where the group is unknown, a Status where only the resource is', async () => {
      const group = await raw(at().client, '/apis/nothing.example.com/v1/things');
      expect(group.httpStatusCode).toBe(404);
      expect(await group.body.text()).toBe('404 page not found\n');
      const resource = await raw(at().client, '/api/v1/things');
      expect(resource.httpStatusCode).toBe(404);
      expect(JSON.parse(await resource.body.text())).toMatchObject({
        kind: 'Status',
        reason: 'NotFound',
        message: 'the server could not find the requested resource',
      });
    });
  });
}
