import type { Check } from './check.ts';
import { type Reported, shortOf } from './requirements.ts';

const PREFIX = 'containerd://';

/** `containerd://1.7.24`; other runtimes have requirements of their own that nobody has looked up here. */
const CONTAINERD: Reported = {
  code: 'RUNTIME_TOO_OLD',
  what: 'containerd',
  thing: 'containerd',
  versionOf: ({ containerRuntime: text }) => (text.startsWith(PREFIX) ? text.slice(PREFIX.length) : undefined),
  remedy: (wanted, source) => `Upgrade containerd to ${wanted} or newer on these hosts first (${source}).`,
};

export const containerRuntime: Check = {
  code: CONTAINERD.code,
  ok: 'Container runtimes are new enough for the kubelets of this plan.',
  needs: [],
  look: context => shortOf(CONTAINERD, context),
};
