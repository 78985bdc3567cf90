import type { Orders } from '../../src/app/orders.ts';

/** Nobody wants anything of the work but that it goes on. */
export const NO_ORDERS: Pick<Orders, 'course' | 'forced' | 'onChange'> = {
  course: () => ({ kind: 'go', countedFrom: 0 }),
  forced: () => [],
  onChange: () => () => undefined,
};
