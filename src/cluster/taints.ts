import type { Taint, Toleration } from './snapshot.ts';

/**
 * Says that the host is off for certain: pods that hang on it are deleted without its kubelet, and their volumes detached
 * from it at once. Where it runs on all the same, they run twice and write to one volume. Whoever sets it takes it away once
 * the host is back (kubernetes.io: non-graceful node shutdown).
 */
export const OUT_OF_SERVICE = {
  key: 'node.kubernetes.io/out-of-service',
  value: 'nodeshutdown',
  effect: 'NoExecute',
} as const satisfies Taint;

export function spelled({ key, value, effect }: Taint): string {
  return `${key}=${value}:${effect}`;
}

/** kubernetes.io: taint-and-toleration. */
export function tolerates(tolerations: readonly Toleration[], taint: Taint): boolean {
  return tolerations.some(
    ({ key, operator, value, effect }) =>
      (effect === undefined || effect === taint.effect) &&
      (key === undefined || key === '' ? operator === 'Exists' : key === taint.key) &&
      (operator === 'Exists' || value === taint.value),
  );
}
