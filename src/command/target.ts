import type { Target } from '../plan/request.ts';
import { parseMinor, parseVersion } from '../version/kubernetes-version.ts';
import { nearest, quoted } from './nearest.ts';

/** `meant` is a target that was probably meant; the sentence offers it too. */
export interface TargetError {
  readonly kind: 'error';
  readonly sentence: string;
  readonly meant: string | undefined;
}

/** What a target may be, to end a sentence with. */
export const TARGET_FORMS = 'next, patch, latest, a minor such as 1.37, or a version such as v1.36.2';

const WORDS = ['next', 'patch', 'latest'] as const;

/** `next`, `patch`, `latest`, `1.37` or `v1.36.2`, in any case. Whether such a version exists is the planner's to say. */
export function parseTarget(text: string): Target | TargetError {
  const word = text.trim().toLowerCase();
  const kind = WORDS.find(known => known === word);
  if (kind) return { kind };
  const minor = parseMinor(word);
  if (minor) return { kind: 'minor', minor };
  const version = parseVersion(word);
  if (version) return { kind: 'version', version };
  const meant = nearest(word, WORDS) ?? mendNumbers(word);
  const offer = meant === undefined ? '' : ` Did you mean ${meant}?`;
  return { kind: 'error', sentence: `${quoted(text.trim())} is no target: write ${TARGET_FORMS}.${offer}`, meant };
}

/** `37`, `1,37`, `v.1.37` and `1.37.x` leave little doubt. */
function mendNumbers(word: string): string | undefined {
  const numbers = /^v?[.,]?(?:1[.,])?(\d{2})(?:[.,](\d{1,2}|x|\*))?$/.exec(word);
  if (!numbers) return undefined;
  const [, minor, patch] = numbers;
  return patch !== undefined && /^\d/.test(patch) ? `v1.${minor}.${patch}` : `1.${minor}`;
}
