import * as fc from 'fast-check';
import type { ZodType } from 'zod';
import { nodeJob } from '../../../src/app/schema/messages.ts';
import { planRecord } from '../../../src/app/schema/plan.ts';
import { runRecord } from '../../../src/app/schema/run.ts';
import { EFFECTS, NOTES, PLAN, PLAN_RECORD, RUN, RUN_RECORD, WRITTEN } from './written.ts';

function throughJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

describe('what is written to Redis', () => {
  it.each(WRITTEN)('comes back as it was: %s', (_what, schema, value) => {
    expect(schema.parse(throughJson(value))).toEqual(value);
  });

  it('shows every kind of note, of effect and of state of a work', () => {
    const notes = new Set(NOTES.map(({ kind }) => kind));
    expect(notes.size).toBe(25);
    expect(new Set(RUN.works.map(({ state }) => state.kind))).toEqual(new Set(['done', 'skipped', 'active', 'queued']));
    expect(new Set(EFFECTS.map(({ kind }) => kind))).toEqual(
      new Set(['start-work', 'note', 'steer', 'show-status', 'show-nodes', 'give-back', 'out-of-service']),
    );
  });

  it.each([
    ['failed', { kind: 'failed', attempt: 1, startedAt: 1, at: 2, step: 'drain', reason: 'no', log: ['a'] }],
    ['done', { kind: 'done', attempt: 2, startedAt: 1, finishedAt: 2 }],
  ])('comes back as it was: a work that is %s', (_kind, state) => {
    const [first, ...rest] = RUN.works;
    const record = { ...RUN_RECORD, run: { ...RUN, works: [{ ...first, state }, ...rest] } };
    expect(runRecord.parse(throughJson(record))).toEqual(record);
  });

  it('counts every worker that is away where the plan is of an older build, which did not look at them', () => {
    const { unavailable: _, ...older } = PLAN;
    expect(planRecord.parse(throughJson({ ...PLAN_RECORD, plan: older })).plan.unavailable).toEqual([]);
  });
});

type Path = readonly (string | number)[];

/** Every place of a value, those of its parts included. */
function placesOf(value: unknown, path: Path = []): Path[] {
  const parts = value !== null && typeof value === 'object' ? Object.entries(value) : [];
  return [path, ...parts.flatMap(([key, part]) => placesOf(part, [...path, Array.isArray(value) ? Number(key) : key]))];
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>((part, key) => (part as Record<string | number, unknown>)[key], value);
}

/** The value with something else in one place. */
function damaged(value: unknown, [key, ...path]: Path, put: unknown): unknown {
  if (key === undefined) return put;
  if (Array.isArray(value)) return value.map((part, place) => (place === key ? damaged(part, path, put) : part));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, part]) => [name, name === key ? damaged(part, path, put) : part]),
  );
}

describe('what somebody else wrote there', () => {
  it.each(WRITTEN)('is refused wherever it is damaged: %s', (_what, schema, value) => {
    const written = throughJson(value);
    const places = placesOf(written);
    for (const path of places) {
      const unnoticed = schema.safeParse(damaged(written, path, [null])).success;
      expect(unnoticed ? path : undefined).toBeUndefined();
    }
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.constantFrom(null, true, -1.5), (path, put) => {
        // One yes or no for another is no damage that anybody could see.
        fc.pre(typeof put !== 'boolean' || typeof valueAt(written, path) !== 'boolean');
        expect(schema.safeParse(damaged(written, path, put)).success).toBe(false);
      }),
    );
  });

  it.each<[string, ZodType, unknown, Path, unknown]>([
    [
      'a node whose name would be a command',
      planRecord,
      PLAN_RECORD,
      ['plan', 'hops', 0, 'stages', 0, 'passes', 0, 'nodes', 0, 'name'],
      'w-1; reboot',
    ],
    ['a node of a run whose name would be a path', runRecord, RUN_RECORD, ['run', 'works', 0, 'node'], '../w-1'],
    ['an id that would be another key', planRecord, PLAN_RECORD, ['plan', 'id'], 'p1:decisions'],
    ['an id without an end', runRecord, RUN_RECORD, ['run', 'id'], 'r'.repeat(301)],
    ['an order that nobody knows', runRecord, RUN_RECORD, ['commands', 0, 'value', 'order', 'kind'], 'destroy'],
    ['a strategy that nobody knows', planRecord, PLAN_RECORD, ['plan', 'request', 'strategy'], 'all-at-once'],
    ['a command of kubeadm that nobody knows', runRecord, RUN_RECORD, ['run', 'works', 0, 'kubeadm'], 'reset'],
    ['a version in words', planRecord, PLAN_RECORD, ['plan', 'to'], 'v1.37.2'],
    [
      'a pre-release that would be a command',
      planRecord,
      { ...PLAN_RECORD, plan: { ...PLAN, to: { ...PLAN.to, prerelease: 'rc.1' } } },
      ['plan', 'to', 'prerelease'],
      'rc.1; reboot',
    ],
    [
      'a vendor that would be a command',
      planRecord,
      { ...PLAN_RECORD, plan: { ...PLAN, from: { ...PLAN.from, vendor: 'k3s1' } } },
      ['plan', 'from', 'vendor'],
      '$(reboot)',
    ],
    ['an attempt before the first', nodeJob, { runId: 'r1', work: 'w', attempt: 1 }, ['attempt'], 0],
  ])('is refused: %s', (_what, schema, value, path, put) => {
    expect(schema.safeParse(damaged(throughJson(value), path, put)).success).toBe(false);
  });
});
