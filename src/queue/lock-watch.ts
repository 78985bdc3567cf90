import type { Worker } from 'bullmq';

/**
 * Cancels a job of this worker as soon as its lock may have passed to another: at a refused renewal, and when no renewal
 * has succeeded for as long as a lock lasts (Redis cannot be reached, so it cannot refuse either).
 */
export function watchLocks(worker: Worker, lockMs: number): void {
  const timers = new Map<string, NodeJS.Timeout>();

  function expect(jobId: string): void {
    clearTimeout(timers.get(jobId));
    const timer = setTimeout(() => worker.cancelJob(jobId, 'its lock was not renewed in time'), lockMs);
    timers.set(jobId, timer);
  }
  function forget(jobId: string | undefined): void {
    if (jobId === undefined) return;
    clearTimeout(timers.get(jobId));
    timers.delete(jobId);
  }

  worker.on('active', job => {
    if (job.id !== undefined) expect(job.id);
  });
  worker.on('locksRenewed', ({ jobIds }) => {
    for (const id of jobIds) if (timers.has(id)) expect(id);
  });
  worker.on('lockRenewalFailed', jobIds => {
    for (const id of jobIds) worker.cancelJob(id, 'another worker may hold its lock');
  });
  worker.on('completed', job => forget(job.id));
  worker.on('failed', job => forget(job?.id));
  worker.on('closed', () => {
    for (const id of [...timers.keys()]) forget(id);
  });
}
