import type { Orders } from '../../src/app/orders.ts';

/** Nobody wants anything of the work but that it goes on. */
export const NO_ORDERS: Orders = {
  course: () => ({ kind: 'go', countedFrom: 0 }),
  forced: () => [],
  stopped: new AbortController().signal,
  onChange: () => () => undefined,
};
