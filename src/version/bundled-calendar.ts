import type { Calendar, MinorRelease } from './calendar.ts';

/**
 * Looked up on 2026-11-24; true for 2026-10-28, when the newest patches below were published. Sources, by column:
 * - newest patch: 1.10 to 1.28 data/releases/eol.yaml of kubernetes/website; 1.29 to 1.37 the newest published versions
 *   of the module k8s.io/client-go (v0.N.P is Kubernetes v1.N.P), whose 1.34.13, 1.35.10, 1.36.6 and 1.37.2 are of
 *   2026-10-27 and 28
 * - first release: the release team's schedule, releases/release-1.N/README.md of kubernetes/sig-release, and
 *   data/releases/schedule.yaml of kubernetes/website where both have it (1.24 to 1.31). Left out below 1.19, where
 *   schedule and release are known to differ
 * - end of life: 1.10 to 1.32 data/releases/eol.yaml of kubernetes/website; 1.33 to 1.37 kubernetes.io/releases/1.N/
 * - planned: releases/release-1.38/README.md of kubernetes/sig-release, which calls it proposed
 */
export const BUNDLED_CALENDAR: Calendar = {
  asOf: '2026-10-28',
  source: 'the calendar that comes with Capstan',
  planned: { minor: { major: 1, minor: 38 }, day: '2026-12-16' },
  minors: [
    release(10, 13, undefined, '2019-02-13'),
    release(11, 10, undefined, '2019-05-01'),
    release(12, 10, undefined, '2019-07-08'),
    release(13, 12, undefined, '2019-10-15'),
    release(14, 10, undefined, '2019-12-11'),
    release(15, 12, undefined, '2020-05-06'),
    release(16, 15, undefined, '2020-09-02'),
    release(17, 17, undefined, '2021-01-13'),
    release(18, 20, undefined, '2021-06-18'),
    release(19, 16, '2020-08-26', '2021-10-28'),
    release(20, 15, '2020-12-08', '2022-02-28'),
    release(21, 14, '2021-04-08', '2022-06-28'),
    release(22, 17, '2021-08-04', '2022-12-08'),
    release(23, 17, '2021-12-07', '2023-02-28'),
    release(24, 17, '2022-05-03', '2023-07-28'),
    release(25, 16, '2022-08-23', '2023-10-28'),
    release(26, 15, '2022-12-09', '2024-02-28'),
    release(27, 16, '2023-04-11', '2024-07-16'),
    release(28, 15, '2023-08-15', '2024-10-22'),
    release(29, 15, '2023-12-13', '2025-02-28'),
    release(30, 14, '2024-04-17', '2025-07-15'),
    release(31, 14, '2024-08-13', '2025-11-11'),
    release(32, 13, '2024-12-11', '2026-02-28'),
    release(33, 13, '2025-04-23', '2026-06-28'),
    release(34, 13, '2025-08-27', '2026-10-27'),
    release(35, 10, '2025-12-17', '2027-02-28'),
    release(36, 6, '2026-04-22', '2027-06-28'),
    release(37, 2, '2026-08-26', '2027-10-28'),
  ],
};

function release(
  minor: number,
  newestPatch: number,
  released: string | undefined,
  endOfLife: string | undefined,
): MinorRelease {
  return { minor: { major: 1, minor }, newestPatch, released, endOfLife };
}
