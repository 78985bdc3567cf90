const RUN = 'r-';

/** A run is named after its plan, so that nobody's record makes a second run of one approval. */
export function runIdOf(planId: string): string {
  return `${RUN}${planId}`;
}

/** The plan that a run of this name would be of. */
export function planIdOf(runId: string): string {
  return runId.startsWith(RUN) ? runId.slice(RUN.length) : runId;
}
