import type { Calendar } from '../../src/version/calendar.ts';

/** What tests plan by: it stays as it is when the bundled calendar learns of new patches. */
export const EXAMPLE_CALENDAR: Calendar = {
  asOf: '2026-11-23',
  source: 'the example calendar',
  planned: { minor: { major: 1, minor: 38 }, day: '2026-12-16' },
  minors: [
    release(10, 13, '2019-02-13'),
    release(11, 10, '2019-05-01'),
    release(12, 10, '2019-07-08'),
    release(13, 12, '2019-10-15'),
    release(14, 10, '2019-12-11'),
    release(15, 12, '2020-05-06'),
    release(16, 15, '2020-09-02'),
    release(17, 17, '2021-01-13'),
    release(18, 20, '2021-06-18'),
    release(19, 16, '2021-10-28'),
    release(20, 15, '2022-02-28'),
    release(21, 14, '2022-06-28'),
    release(22, 17, '2022-12-08'),
    release(23, 17, '2023-02-28'),
    release(24, 17, '2023-07-28'),
    release(25, 16, '2023-10-28'),
    release(26, 15, '2024-02-28'),
    release(27, 16, '2024-07-16'),
    release(28, 15, '2024-10-22'),
    release(29, 14, '2025-02-28'),
    release(30, 14, '2025-07-15'),
    release(31, 14, '2025-11-11'),
    release(32, 13, '2026-02-28'),
    release(33, 13, '2026-06-28'),
    release(34, 9, '2026-10-27'),
    release(35, 9, '2027-02-28'),
    release(36, 4, '2027-06-28', '2026-04-22'),
    release(37, 2, '2027-10-28', '2026-08-26'),
  ],
};

function release(minor: number, newestPatch: number, endOfLife: string, released?: string) {
  return { minor: { major: 1, minor }, newestPatch, released, endOfLife };
}
