/**
 * What anybody would write: page after page over one connection, each parsed as a whole, a few fields of each object
 * kept. The measure for reading, beside which `capstan plan` is put.
 */
import { readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { parse } from 'yaml';

interface Kubeconfig {
  readonly 'current-context': string;
  readonly contexts: readonly {
    readonly name: string;
    readonly context: { readonly cluster: string; readonly user: string };
  }[];
  readonly clusters: readonly { readonly name: string; readonly cluster: Readonly<Record<string, string>> }[];
  readonly users: readonly { readonly name: string; readonly user: Readonly<Record<string, string>> }[];
}

interface Page {
  readonly metadata: { readonly continue?: string };
  readonly items: readonly {
    readonly metadata: { readonly namespace?: string; readonly name: string; readonly labels?: object };
    readonly spec: { readonly nodeName?: string };
  }[];
}

const [file = '', limit = '500'] = process.argv.slice(2);
const config = parse(readFileSync(file, 'utf8')) as Kubeconfig;
const context = config.contexts.find(({ name }) => name === config['current-context'])?.context;
const cluster = config.clusters.find(({ name }) => name === context?.cluster)?.cluster ?? {};
const user = config.users.find(({ name }) => name === context?.user)?.user ?? {};
const decoded = (text: string | undefined) => (text === undefined ? undefined : Buffer.from(text, 'base64'));
const agent = new Agent({
  keepAlive: true,
  ca: decoded(cluster['certificate-authority-data']),
  cert: decoded(user['client-certificate-data']),
  key: decoded(user['client-key-data']),
});
const headers = { accept: 'application/json', ...(user.token ? { authorization: `Bearer ${user.token}` } : {}) };

function read(url: string): Promise<Page> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, response => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('error', reject);
      response.once('end', () => resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Page));
    }).once('error', reject);
  });
}

const kept: object[] = [];
for (const path of ['/api/v1/nodes', '/api/v1/pods']) {
  let next: string | undefined = '';
  while (next !== undefined) {
    const query: string = new URLSearchParams({ limit, ...(next === '' ? {} : { continue: next }) }).toString();
    const page: Page = await read(`${cluster.server}${path}?${query}`);
    for (const { metadata, spec } of page.items) {
      kept.push({ namespace: metadata.namespace, name: metadata.name, labels: metadata.labels, node: spec.nodeName });
    }
    next = page.metadata.continue || undefined;
  }
}
agent.destroy();
process.stdout.write(JSON.stringify({ objects: kept.length }));
