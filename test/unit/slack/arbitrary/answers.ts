import fc from 'fast-check';
import type { NodeRow, StatusReport } from '../../../../src/app/messages.ts';
import type { VersionsView } from '../../../../src/plan/versions-view.ts';
import { many, odd, perhaps, time } from './words.ts';

const row: fc.Arbitrary<NodeRow> = fc.record({ name: odd, status: odd, roles: odd, createdAt: time, version: odd });
export const rows = many(row, 1_000);
const known = fc.record({ asOf: odd, source: odd, staleDays: perhaps(fc.nat()), daysAhead: perhaps(fc.nat()) });
export const report: fc.Arbitrary<StatusReport> = fc.record({
  distributions: many(odd, 5),
  components: many(
    fc.record({
      kind: odd,
      version: odd,
      allowed: perhaps(odd),
      verdict: fc.constantFrom('within' as const, 'too old' as const, 'not held' as const, 'unreadable' as const),
      count: fc.nat(),
      nodes: many(odd, 20),
    }),
    60,
  ),
  skew: fc.record({ sentences: many(odd, 20), total: fc.nat() }),
  kubectl: perhaps(odd),
  support: perhaps(
    fc.record({
      minor: odd,
      state: fc.constantFrom('supported' as const, 'ended' as const, 'unknown' as const),
      day: perhaps(odd),
      daysLeft: perhaps(fc.integer()),
      newestPatch: perhaps(odd),
      newest: odd,
      known,
    }),
  ),
  nodes: fc.record({ total: fc.nat(), ready: fc.nat(), cordoned: fc.nat() }),
  unreadable: many(fc.record({ what: odd, why: odd }), 10),
  run: fc.option(fc.record({ id: odd, status: odd, done: fc.nat(), total: fc.nat() }), { nil: undefined }),
});
export const versions: fc.Arbitrary<VersionsView> = fc.record({
  present: perhaps(odd),
  presentMinor: perhaps(odd),
  targets: many(fc.record({ word: fc.constantFrom('patch' as const, 'next' as const), version: odd }), 3),
  minors: many(
    fc.record({
      minor: odd,
      newestPatch: odd,
      released: perhaps(odd),
      endOfLife: perhaps(odd),
      state: fc.constantFrom('supported' as const, 'ended' as const),
    }),
    40,
  ),
  planned: perhaps(fc.record({ minor: odd, day: odd })),
  known,
});
