import type { DrainOptions } from '../plan/request.ts';
import { parseDuration, parseSelector } from '../policy/notation.ts';
import { SELECTOR_LENGTH } from './forms.ts';
import { quoted } from './nearest.ts';

/** The value of an option by its name without hyphens; a switch has `true` or `false`. */
export type ReadOption = (name: string) => string | undefined;

/** What was said about how nodes are drained; empty where nothing was, or the sentence that helps. */
export function drainOptions(read: ReadOption): DrainOptions | { readonly sentence: string } {
  const grace = read('grace-period');
  if (grace !== undefined && !/^(?:-1|\d{1,5})$/.test(grace)) {
    return {
      sentence: `--grace-period takes whole seconds, such as 30, or -1 for each pod's own, not ${quoted(grace)}.`,
    };
  }
  const skip = read('skip-wait-for-delete-timeout');
  const skipSeconds = skip === undefined ? undefined : secondsOf(skip);
  if (skip !== undefined && !skipSeconds) {
    return { sentence: `--skip-wait-for-delete-timeout takes a time such as 90s or 10m, not ${quoted(skip)}.` };
  }
  const selector = read('pod-selector');
  const podSelector = selector === undefined ? undefined : selectorOf(selector);
  if (selector !== undefined && !podSelector) {
    return { sentence: `--pod-selector takes a label selector such as app!=legacy, not ${quoted(selector)}.` };
  }
  const order = (['together', 'priority'] as const).find(each => each === read('drain-order'));
  const force = truth(read('force'));
  const deleteEmptyDirData = truth(read('delete-emptydir-data'));
  return {
    ...(force === undefined ? {} : { force }),
    ...(deleteEmptyDirData === undefined ? {} : { deleteEmptyDirData }),
    ...(grace === undefined ? {} : { graceSeconds: Number(grace) }),
    ...(skipSeconds === undefined ? {} : { skipWaitForDeleteTimeoutSeconds: skipSeconds }),
    ...(podSelector === undefined ? {} : { podSelector }),
    ...(order === undefined ? {} : { order }),
  };
}

/** kubectl takes bare seconds. */
function secondsOf(text: string): number | undefined {
  return /^\d{1,6}$/.test(text) ? Number(text) : parseDuration(text);
}

/** Whoever approves the plan has to see all of it. */
function selectorOf(text: string) {
  return text.length <= SELECTOR_LENGTH ? parseSelector(text) : undefined;
}

function truth(value: string | undefined): boolean | undefined {
  return value === undefined ? undefined : value === 'true';
}
