import type { Step } from '../../src/run/run.ts';

/** So that none is forgotten. */
const ALL: Readonly<Record<Step, true>> = {
  claim: true,
  preflight: true,
  cordon: true,
  drain: true,
  upgrade: true,
  ready: true,
  uncordon: true,
  gates: true,
};
export const STEPS = Object.keys(ALL) as readonly Step[];

/** What happens to the worker that has the node, and when. */
export interface Moment {
  readonly step: Step;
  /** How much of the time that the step takes has passed by then, from 0 to 1. */
  readonly part: number;
  /** Whether somebody had cordoned the node beforehand. */
  readonly cordoned: boolean;
}

/** So many moments of each of these steps, spread over its whole time, in an order that mixes the steps. The seed decides. */
export function momentsOf(seed: number, each: number, steps: readonly Step[]): readonly Moment[] {
  const random = seeded(seed);
  const all = steps.flatMap(step =>
    Array.from({ length: each }, (_, place) => ({
      step,
      part: (place + random()) / each,
      cordoned: random() < 0.15,
    })),
  );
  return all
    .map(moment => ({ moment, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ moment }) => moment);
}

/** mulberry32: a small generator whose numbers depend on the seed alone. From 0 to 1. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
