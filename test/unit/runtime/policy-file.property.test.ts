import * as fc from 'fast-check';
import { stringify } from 'yaml';
import { readPolicy } from '../../../src/runtime/policy-file.ts';

/** Every key once. */
const WHOLE = {
  approvers: ['S0OPS'],
  approvalsNeeded: 1,
  selfApproval: true,
  requesters: ['U0ALICE'],
  operators: ['U0BOB'],
  channels: ['C0OPS'],
  waivable: ['ETCD_QUORUM'],
  limits: { maxUnavailable: '20%' },
  timeZone: 'Asia/Seoul',
  windows: [{ days: ['sat'], from: '22:00', to: '02:00', timeZone: 'UTC' }],
  freezes: [{ from: '2026-12-18', until: '2027-01-06T18:00', reason: 'holidays', timeZone: 'UTC' }],
  drain: {
    timeout: '1h',
    graceSeconds: 30,
    force: false,
    deleteEmptyDirData: true,
    skipWaitForDeleteTimeout: '1h',
    podSelector: 'app!=legacy',
    excludeFromLoadBalancers: false,
    order: 'priority',
    blockedAfter: '5m',
  },
  ready: { timeout: '15m', stable: '10s', soak: '0s' },
  gates: {
    prometheus: { url: 'http://prom:9090', tokenFile: '/run/token', queries: [{ name: 'alerts', query: 'ALERTS' }] },
  },
  driver: { kind: 'kubeadm', timeout: '1h', ignorePreflightErrors: ['Swap'] },
  elasticPools: ['pool=spot'],
  planLifetime: '24h',
};

type Path = readonly string[];

function pathsIn(value: unknown): Path[] {
  if (typeof value !== 'object' || value === null) return [[]];
  return [[], ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner).map(path => [key, ...path]))];
}

function replaced(value: unknown, [key, ...rest]: Path, by: unknown): unknown {
  if (key === undefined) return by;
  if (Array.isArray(value))
    return value.map((item, place) => (String(place) === key ? replaced(item, rest, by) : item));
  const record = Object(value);
  return { ...record, [key]: replaced(record[key], rest, by) };
}

const anything = fc.oneof(
  fc.string(),
  fc.jsonValue({ maxDepth: 2 }),
  fc.constantFrom('foo', 'http://', '//x', 'none', '-1s', '24:00', '2026-02-30', '%', 'a in (', Number.NaN, 1e21),
);

test('whatever stands in the place of a value is a fault or a policy, and never an error that ends the process', () => {
  fc.assert(
    fc.property(fc.constantFrom(...pathsIn(WHOLE)), anything, (path, by) => {
      const text = stringify({ clusters: { prod: replaced(WHOLE, path, by) } });
      expect(['ok', 'faults']).toContain(readPolicy('policy.yaml', text, ['prod']).kind);
    }),
    { numRuns: 400 },
  );
});

test('the whole of it is a policy', () => {
  expect(readPolicy('policy.yaml', stringify({ clusters: { prod: WHOLE } }), ['prod']).kind).toBe('ok');
});
