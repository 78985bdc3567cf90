/** How durations, times and selectors are written in the policy file. Each reader gives undefined for anything else. */
import { canonicalSelector, type LabelSelector, type Requirement } from '../cluster/selector.ts';
import type { WallTime } from './wall-clock.ts';

export const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3_600, m: 60, s: 1 };

/** Seconds of `90s`, `15m`, `1h30m`, `7d`. */
export function parseDuration(text: string): number | undefined {
  const parts = /^(?:(\d{1,4})d)?(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?$/.exec(text);
  if (!parts || text === '') return undefined;
  return ['d', 'h', 'm', 's'].reduce(
    (sum, unit, index) => sum + Number(parts[index + 1] ?? 0) * (SECONDS[unit] ?? 0),
    0,
  );
}

/** Minutes since midnight of `00:00` to `24:00`. */
export function parseTimeOfDay(text: string): number | undefined {
  const parts = /^(\d\d):(\d\d)$/.exec(text);
  if (!parts) return undefined;
  const [hours, minutes] = [Number(parts[1]), Number(parts[2])];
  return hours * 60 + minutes <= 24 * 60 && minutes < 60 ? hours * 60 + minutes : undefined;
}

/** `2026-12-18` or `2026-12-18T18:00`; `wholeDay` tells that no time of day was given. */
export function parseMoment(text: string): { readonly time: WallTime; readonly wholeDay: boolean } | undefined {
  const parts = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d:\d\d))?$/.exec(text);
  if (!parts) return undefined;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  const minutes = parts[4] === undefined ? 0 : parseTimeOfDay(parts[4]);
  const date = new Date(Date.UTC(year, month - 1, day));
  if (minutes === undefined || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  return { time: { year, month, day, minutes }, wholeDay: parts[4] === undefined };
}

const KEY = `(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?`;
const VALUE = `(?:[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?`;
const EQUALS = new RegExp(`^(${KEY})\\s*(=|==|!=)\\s*(${VALUE})$`);
const AMONG = new RegExp(`^(${KEY})\\s+(in|notin)\\s+\\(\\s*(${VALUE}(?:\\s*,\\s*${VALUE})*)\\s*\\)$`);
const EXISTS = new RegExp(`^(!?)\\s*(${KEY})$`);

/**
 * A label selector as kubectl takes it: `pool=spot`, `tier!=db`, `zone in (a, b)`, `spot`, `!spot`, joined by commas. Whoever
 * writes the same in another order gets the same.
 */
export function parseSelector(text: string): LabelSelector | undefined {
  // A comma within brackets separates values, any other one requirements.
  const requirements = text.split(/,(?![^(]*\))/).map(part => requirement(part.trim()));
  const known = requirements.filter(each => each !== undefined);
  if (known.length < requirements.length) return undefined;
  return canonicalSelector({ matchLabels: {}, matchExpressions: known });
}

function requirement(text: string): Requirement | undefined {
  const equals = EQUALS.exec(text);
  if (equals) {
    const [, key = '', sign, value = ''] = equals;
    return { key, operator: sign === '!=' ? 'NotIn' : 'In', values: [value] };
  }
  const among = AMONG.exec(text);
  if (among) {
    const [, key = '', word, values = ''] = among;
    return { key, operator: word === 'in' ? 'In' : 'NotIn', values: values.split(',').map(value => value.trim()) };
  }
  const exists = EXISTS.exec(text);
  if (!exists) return undefined;
  const [, not, key = ''] = exists;
  return { key, operator: not === '!' ? 'DoesNotExist' : 'Exists', values: [] };
}

/** As it could have been written. */
export function formatSelector({ matchLabels, matchExpressions }: LabelSelector): string {
  const labels = Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`);
  return [...labels, ...matchExpressions.map(formatRequirement)].join(',');
}

function formatRequirement({ key, operator, values }: Requirement): string {
  switch (operator) {
    case 'In':
      return values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(', ')})`;
    case 'NotIn':
      return values.length === 1 ? `${key}!=${values[0]}` : `${key} notin (${values.join(', ')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
    case 'Gt':
      return `${key}>${values[0]}`;
    case 'Lt':
      return `${key}<${values[0]}`;
  }
}

/** `1 h 30 min` */
export function durationWords(seconds: number): string {
  const units = [
    { size: 86_400, name: 'd' },
    { size: 3_600, name: 'h' },
    { size: 60, name: 'min' },
    { size: 1, name: 's' },
  ];
  const words = units.flatMap(({ size, name }, index) => {
    const above = units[index - 1]?.size ?? Number.POSITIVE_INFINITY;
    const count = Math.floor((seconds % above) / size);
    return count > 0 ? [`${count} ${name}`] : [];
  });
  return words.length > 0 ? words.join(' ') : '0 s';
}
