import { readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { z } from 'zod';
import type { Calendar, MinorRelease } from '../version/calendar.ts';
import { formatMinor, type Minor, minorsBetween, parseMinor } from '../version/kubernetes-version.ts';

const day = z.iso.date({ error: 'write a day such as 2026-11-24' });
const minor = z.string({ error: 'write a minor such as 1.37' }).transform((text, context): Minor => {
  const parsed = parseMinor(text);
  if (parsed) return parsed;
  context.addIssue({ code: 'custom', message: 'write a minor such as 1.37' });
  return z.NEVER;
});
const patch = z
  .string({ error: 'write the number of the newest patch' })
  .regex(/^\d{1,4}$/, { error: 'write the number of the newest patch' })
  .transform(Number);

const calendarFile = z.strictObject({
  asOf: day,
  minors: z
    .array(z.strictObject({ minor, newestPatch: patch, released: day.optional(), endOfLife: day.optional() }))
    .min(1, { error: 'list at least one minor' }),
});

export type CalendarReading =
  | { readonly kind: 'ok'; readonly calendar: Calendar }
  | { readonly kind: 'fault'; readonly sentence: string };

/**
 * A calendar from a file, for networks that reach nothing else: its minors take the place of the bundled ones, and none is
 * newer than its newest. Older minors stay known from the bundled one.
 */
export function readCalendarFile(path: string, bundled: Calendar): CalendarReading {
  try {
    // Without it 1.40 would be read as the number 1.4.
    const document = parseDocument(readFileSync(path, 'utf8'), { schema: 'failsafe', prettyErrors: false });
    const [broken] = document.errors;
    if (broken) return fault(path, `not YAML: ${broken.message}`);
    const result = calendarFile.safeParse(document.toJS());
    if (!result.success) {
      return fault(path, result.error.issues.map(issue => `${issue.path.join('.')}: ${issue.message}`).join('; '));
    }
    return together(path, result.data, bundled);
  } catch (error) {
    return fault(path, error instanceof Error ? error.message : String(error));
  }
}

function together(path: string, file: z.infer<typeof calendarFile>, bundled: Calendar): CalendarReading {
  const listed = file.minors
    .map(({ released, endOfLife, ...entry }): MinorRelease => ({ ...entry, released, endOfLife }))
    .sort((a, b) => minorsBetween(a.minor, b.minor));
  const [first] = listed;
  const older = bundled.minors.filter(entry => first && minorsBetween(entry.minor, first.minor) < 0);
  const minors = [...older, ...listed];
  for (const [place, entry] of minors.entries()) {
    const before = minors[place - 1];
    if (before && minorsBetween(entry.minor, before.minor) !== 1) {
      const between = `${formatMinor(before.minor)} and ${formatMinor(entry.minor)}`;
      return fault(path, `list every minor once, without a gap: look between ${between}`);
    }
  }
  return { kind: 'ok', calendar: { asOf: file.asOf, source: path, minors } };
}

function fault(path: string, what: string): CalendarReading {
  return { kind: 'fault', sentence: `The release calendar ${path} cannot be used: ${what}.` };
}
