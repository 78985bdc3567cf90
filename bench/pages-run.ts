import { createClient } from '../src/kubernetes/client.ts';
import { list } from '../src/kubernetes/collection.ts';
import { PODS } from '../src/kubernetes/collections.ts';
import { loadConnection } from '../src/kubernetes/connection.ts';
import { podView } from '../src/kubernetes/views/pod-view.ts';
import type { WirePod } from '../src/kubernetes/views/wire.ts';

const [kubeconfig = '', size = ''] = process.argv.slice(2);
const client = createClient(loadConnection({ kubeconfig }), { patienceMs: 60_000, onWarning: console.error });
const { items } = await list<WirePod, object>(client, PODS, podView, new AbortController().signal, Number(size));
client.close();
process.stdout.write(JSON.stringify({ pods: items.length }));
