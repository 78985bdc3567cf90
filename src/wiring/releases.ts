import { type CalendarMemory, createReleaseCalendar } from '../releases/release-calendar.ts';
import type { CommandConfig, WorkerConfig } from '../runtime/config.ts';
import { BUNDLED_CALENDAR } from '../version/bundled-calendar.ts';

interface Surroundings {
  readonly memory?: CalendarMemory;
  readonly onWarning: (sentence: string) => void;
}

export function connectReleases(config: WorkerConfig | CommandConfig, { memory, onWarning }: Surroundings) {
  const { CAPSTAN_RELEASES_URL: url, HTTP_PROXY, HTTPS_PROXY, NO_PROXY } = config;
  return createReleaseCalendar({
    url,
    bundled: BUNDLED_CALENDAR,
    proxies: { HTTP_PROXY, HTTPS_PROXY, NO_PROXY },
    clock: Date,
    onWarning,
    ...(memory ? { memory } : {}),
  });
}
