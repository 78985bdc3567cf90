import type { Condition } from '../store/objects.ts';

/**
 * The condition of a budget that has so many evictions to grant, as the API server writes it with the one that it grants, and
 * the controller when it has counted (UpdateDisruptionAllowedCondition of k8s.io/component-helpers).
 */
export function disruptionAllowed(evictions: number, observedGeneration: number): Condition {
  return {
    type: 'DisruptionAllowed',
    status: evictions > 0 ? 'True' : 'False',
    reason: evictions > 0 ? 'SufficientPods' : 'InsufficientPods',
    message: '',
    observedGeneration,
  };
}
