import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClusterRefused, ClusterUnreachable } from '../../src/app/ports.ts';
import { connectKubernetes } from '../../src/kubernetes/kubernetes.ts';
import { readServerVersion } from '../../src/kubernetes/server-version.ts';
import { NEVER } from '../support/kubernetes.ts';

type Answer = (response: ServerResponse) => void;

const FINE: Answer = response => response.setHeader('content-type', 'application/json').end('{}');
const STRANGER: Answer = response =>
  response.writeHead(401, { 'content-type': 'application/json' }).end('{"kind":"Status","message":"Unauthorized"}');
const PAGE: Answer = response => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>not here</html>');
const LOGIN: Answer = response => response.setHeader('content-type', 'text/html').end('<html>log in</html>');
const UNTYPED: Answer = response => response.end('{"gitVersion":"v1.36.2"}');

const folder = mkdtempSync(join(tmpdir(), 'capstan-credentials-'));
const server = createServer((_request, response) => answer(response));
let answer: Answer = FINE;

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

/** What is said when this user asks for the version, with the cluster's part changed so: the error, and the warnings before it. */
async function said(user: object, cluster: object = {}) {
  const { port } = server.address() as AddressInfo;
  const kubeconfig = join(folder, 'kubeconfig');
  const reached = { server: `http://127.0.0.1:${port}`, 'insecure-skip-tls-verify': true };
  const content = {
    clusters: [{ name: 'c', cluster: { ...reached, ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  };
  writeFileSync(kubeconfig, JSON.stringify(content));
  const warnings: string[] = [];
  const onWarning = (text: string) => void warnings.push(text);
  const kubernetes = connectKubernetes({ kubeconfig, patienceMs: 800, doubtMs: 0, onWarning });
  try {
    const error: unknown = await readServerVersion(kubernetes.client, NEVER).catch(failure => failure);
    return { error: error as Error, warnings };
  } finally {
    kubernetes.close();
  }
}

function plugin(command: string, ...args: readonly string[]): object {
  return { exec: { apiVersion: 'client.authentication.k8s.io/v1', command, args } };
}

const node = process.execPath;

it.each<[string, object, object, string]>([
  [
    'a plugin that is not there',
    plugin('no-such-plugin'),
    {},
    'plugin "no-such-plugin" cannot be run: there is no such',
  ],
  ['one that fails', plugin(node, '-e', 'console.error("log in first"); process.exit(3)'), {}, 'failed: log in first.'],
  ['one that fails silently', plugin(node, '-e', 'process.exit(3)'), {}, 'failed, and does not say why.'],
  ['one that answers nonsense', plugin(node, '-e', 'console.log("token: abc")'), {}, `plugin "${node}" failed: `],
  [
    'a certificate that is not there',
    { 'client-certificate': '/nowhere/c', 'client-key': '/nowhere/k' },
    {},
    '/nowhere/c, which is not there.',
  ],
  [
    'an authority that is not there',
    { token: 't' },
    { 'certificate-authority': '/nowhere/ca' },
    '/nowhere/ca, which is not there.',
  ],
])('%s is no absence of the API server, and is said once while it is tried again', async (_, user, cluster, words) => {
  answer = FINE;
  const { error, warnings } = await said(user, cluster);
  expect(error).toBeInstanceOf(ClusterUnreachable);
  expect(error.message).toMatch(/ could not be asked for 1 s to get \/version: /);
  expect(error.message).toContain(words);
  expect(warnings).toEqual([expect.stringContaining(' cannot be asked: ')]);
});

it.each<[string, Answer, RegExp]>([
  ['knows us not', STRANGER, /does not let us get \/version: Unauthorized\. .*credentials have expired/],
  ['is none', PAGE, /answered 404 .*<html>not here<\/html>\. Is that the address of an API server of Kubernetes\?$/],
])('a server that %s is told with what that probably means', async (_, given, words) => {
  answer = given;
  const { error } = await said({ token: 't' });
  expect(error).toBeInstanceOf(ClusterRefused);
  expect(error.message).toMatch(words);
});

it.each<[string, Answer, string]>([
  ['a page', LOGIN, 'it sent text/html where JSON was asked for'],
  ['an answer without a type', UNTYPED, 'it sent something of no type where JSON was asked for'],
])('%s is no answer', async (_, given, words) => {
  answer = given;
  const { error } = await said({ token: 't' });
  expect(error).toBeInstanceOf(ClusterUnreachable);
  expect(error.message).toContain(words);
});
