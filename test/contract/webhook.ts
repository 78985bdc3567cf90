import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { AdmissionregistrationV1Api, type V1RuleWithOperations } from '@kubernetes/client-node';
import type { Client } from './client.ts';
import { MARK } from './traces.ts';
import { CERTIFICATE, KEY } from './webhook-certificate.ts';

/** What an admission webhook answers; undefined lets the request through. */
export type Denial = { readonly code: number; readonly message: string } | 'silence' | undefined;

/** What it is asked about, by the name of the object. */
export interface Asked {
  readonly name: string;
  /** Whether it is a trial, which changes nothing. */
  readonly dryRun: boolean;
}

interface Review {
  readonly request: { readonly uid: string; readonly name: string; readonly dryRun?: boolean };
}

/** An admission webhook over HTTPS, on this machine. */
export class AdmissionWebhook {
  readonly url: string;
  readonly caBundle: string;
  readonly #stop: () => Promise<void>;

  private constructor(url: string, stop: () => Promise<void>) {
    this.url = url;
    this.caBundle = Buffer.from(CERTIFICATE).toString('base64');
    this.#stop = stop;
  }

  static async start(decide: (asked: Asked) => Denial | Promise<Denial>): Promise<AdmissionWebhook> {
    const server = createServer({ cert: CERTIFICATE, key: KEY }, async (request, response) => {
      const { uid, name, dryRun = false } = (JSON.parse(await text(request)) as Review).request;
      const denial = await decide({ name, dryRun });
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
    return new AdmissionWebhook(`https://127.0.0.1:${(server.address() as AddressInfo).port}/`, stop);
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}

type About = 'evictions' | 'budget statuses';

const RULES: Readonly<Record<About, V1RuleWithOperations>> = {
  evictions: { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods/eviction'] },
  'budget statuses': {
    apiGroups: ['policy'],
    apiVersions: ['v1'],
    operations: ['UPDATE'],
    resources: ['poddisruptionbudgets/status'],
  },
};

interface Registration {
  readonly about: About;
  /** Also the name of the configuration. */
  readonly namespace: string;
  /** With three segments. */
  readonly name: string;
  readonly at: { readonly url: string; readonly caBundle?: string };
  readonly timeoutSeconds?: number;
  readonly failurePolicy?: 'Fail' | 'Ignore';
}

/** Has the webhook asked about what happens in a namespace, from a moment after this on. */
export async function askAbout({ config }: Client, registration: Registration): Promise<void> {
  const { about, namespace, name, at, timeoutSeconds = 1, failurePolicy = 'Fail' } = registration;
  await config.makeApiClient(AdmissionregistrationV1Api).createValidatingWebhookConfiguration({
    body: {
      metadata: { name: namespace, annotations: MARK },
      webhooks: [
        {
          name,
          clientConfig: { url: at.url, ...(at.caBundle === undefined ? {} : { caBundle: at.caBundle }) },
          rules: [RULES[about]],
          namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
          failurePolicy,
          sideEffects: 'None',
          admissionReviewVersions: ['v1'],
          timeoutSeconds,
        },
      ],
    },
  });
}

export async function askNobody({ config }: Client, namespace: string): Promise<void> {
  await config.makeApiClient(AdmissionregistrationV1Api).deleteValidatingWebhookConfiguration({ name: namespace });
}
