import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** What an admission webhook answers; undefined lets the request through. */
export type Denial = { readonly code: number; readonly message: string } | 'silence' | undefined;

interface Review {
  readonly request: { readonly uid: string; readonly name: string; readonly dryRun?: boolean };
}

/** An admission webhook over HTTPS, with the API server's own certificate. */
export class AdmissionWebhook {
  readonly url: string;
  readonly caBundle: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, caBundle: string, stop: () => Promise<void>) {
    this.url = url;
    this.caBundle = caBundle;
    this.#stop = stop;
  }

  /** `decide` is asked for each pod, by its name, that is really to be evicted; trial evictions are denied with 418. */
  static async start(folder: string, decide: (pod: string) => Denial): Promise<AdmissionWebhook> {
    const [cert, key, ca] = await Promise.all(
      ['apiserver.crt', 'apiserver.key', 'ca.crt'].map(name => readFile(join(folder, 'pki', name))),
    );
    const server = createServer({ cert, key }, async (request, response) => {
      const { uid, name, dryRun } = (JSON.parse(await text(request)) as Review).request;
      const denial = dryRun ? { code: 418, message: 'a trial' } : decide(name);
      if (denial === 'silence') return;
      const verdict = denial ? { allowed: false, status: denial } : { allowed: true };
      response.setHeader('Content-Type', 'application/json');
      response.end(
        JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, ...verdict } }),
      );
    });
    await new Promise<void>(resolve => {
      server.listen(0, '127.0.0.1', resolve);
    });
    const stop = () =>
      new Promise<void>(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return new AdmissionWebhook(url, ca?.toString('base64') ?? '', stop);
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}
