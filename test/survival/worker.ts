/**
 * A worker in a process of its own that is loaded beforehand: it begins when it is told how, so that a crew is whole again
 * within milliseconds after one of it was killed.
 */

import type { WorkerConfig } from '../../src/runtime/config.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { startWorker } from '../../src/wiring/worker.ts';

process.once('message', async config => {
  await startWorker(config as WorkerConfig, createLogger('worker', 'info'));
  process.send?.('working');
});
// Whoever started it is gone.
process.once('disconnect', () => process.exit(0));
process.send?.('loaded');
