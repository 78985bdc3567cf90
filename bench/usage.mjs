// Loaded into a process that is measured: writes down, as its last act, what it has used.
import { writeFileSync } from 'node:fs';

process.once('exit', () => {
  const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage();
  const usage = { cpuMs: (userCPUTime + systemCPUTime) / 1_000, peakMiB: maxRSS / 1_024 };
  writeFileSync(process.env.CAPSTAN_BENCH_USAGE, JSON.stringify(usage));
});
