import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { buildModule } from '../controlplane/build.ts';
import { buildImages } from './capstan/images.ts';
import type { CapstanImages, Site } from './capstan/installation.ts';
import { processesOf } from './cluster/hosts.ts';
import { GATEWAY, rootOf, SHARED_PATH } from './cluster/layout.ts';
import type { Trial } from './trial.ts';

const HELM = fileURLToPath(new URL('./go/helm', import.meta.url));
const FILE = 'product.json';

/** What Capstan is installed with. Made outside of the hosts' network, and read inside of it. */
export interface Product {
  /** The program, by path. */
  readonly helm: string;
  readonly images: CapstanImages;
}

const PRODUCT = z.object({
  helm: z.string(),
  images: z.object({ archives: z.array(z.string()), capstan: z.string(), redis: z.string(), job: z.string() }),
});

export async function buildProduct(cache: string, folder: string, signal: AbortSignal): Promise<Product> {
  const programs = await buildModule(HELM, { helm: 'helm.sh/helm/v4/cmd/helm' }, {}, signal);
  const product = { helm: join(programs, 'helm'), images: await buildImages(cache, folder, signal) };
  writeFileSync(join(folder, FILE), JSON.stringify(product));
  return product;
}

export function readSite({ lab, places, nodes, from, hops }: Trial, folder: string): Site {
  const file = join(folder, FILE);
  if (!existsSync(file)) throw new Error(`${file} says what is to be installed, and is not there.`);
  return {
    ...PRODUCT.parse(JSON.parse(readFileSync(file, 'utf8'))),
    versions: [from, ...hops].map(({ version }) => version),
    kubectl: lab.kubectl,
    kubeconfig: places.kubeconfig,
    hosts: nodes.map(name => ({ name, root: rootOf(places, name), processes: () => processesOf(name) })),
    address: GATEWAY,
    shared: { here: places.shared, onHosts: SHARED_PATH },
    folder,
  };
}
