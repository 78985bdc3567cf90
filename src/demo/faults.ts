import type { Fault } from './options.ts';
import type { Stage } from './stage.ts';

/** Switches on what should go wrong; how the run copes is for the thread to tell. */
export function startFault({ cluster }: Stage, fault: Fault): void {
  throw new Error(`${fault} ${cluster.url}`);
}
