import type { ConfigurationOptions } from '@kubernetes/client-node';
import { ClusterRefused, ClusterUnreachable } from '../app/ports.ts';
import { RightMissing } from '../app/right-missing.ts';
import { withStop } from '../app/sentence.ts';
import type { Right } from '../cluster/looks.ts';
import { ApiError, NoAnswer, StaleConnection } from './api-error.ts';
import { NoCredentials } from './credentials.ts';
import { signalOptions } from './signal-options.ts';
import { lasting, wait } from './wait.ts';

/** What is asked, in the words of RBAC, for the sentences that people read. */
export interface Call {
  readonly verb: string;
  readonly resource: string;
  readonly name?: string;
  /** How long one try may take; short, because during an outage requests hang. */
  readonly deadlineMs?: number;
  /** Failures that this caller takes as answers; they come as ApiError. Others become ClusterRefused or are retried. */
  readonly isAnswer?: (error: ApiError) => boolean;
  /** For how long after the end of the signal a try that has been sent is waited for: cut off, it could be left half done. */
  readonly finishMs?: number;
  /** What would be asked again after a pause comes as ApiError or NoAnswer instead: this caller waits by itself. */
  readonly once?: true;
}

/** The second argument of client-node's methods; `signal` serves requests that are made without them. */
export type CallOptions = ConfigurationOptions & { readonly signal: AbortSignal };

/**
 * Asks, again and again through an absence of the API server, until there is an answer that can be believed. `ask` must
 * be harmless to repeat: a try that seemed lost may have had its effect. Throws ClusterUnreachable when the patience is
 * over, ClusterRefused where the server says no, ApiError for what `isAnswer` names, and the signal's reason. A call that
 * is made `once` ends with the first try that shows trouble, as ApiError or NoAnswer.
 */
export type Ask = <T>(call: Call, ask: (options: CallOptions) => Promise<T>, signal: AbortSignal) => Promise<T>;

export interface Caller {
  readonly call: Ask;
  /** Something else showed that the API server may have been away, such as a watch that broke off. */
  suspect(): void;
}

interface Surroundings {
  readonly server: string;
  readonly patienceMs: number;
  /** For how long after an outage 401, 403 and 404 are doubted. */
  readonly doubtMs: number;
  /** Whether the API server says of itself that it is ready (`/readyz`); `anonymous`: asked without credentials. */
  readonly isReady: (anonymous: boolean, signal: AbortSignal) => Promise<boolean>;
  /** Called after each try that shows an outage. */
  readonly onAbsence: () => void;
  readonly onWarning: (text: string) => void;
}

const SHORT_MS = 5_000;
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3_000;

/** What a failed try means. */
type Verdict =
  /** Believed, and for the caller to read. */
  | { readonly kind: 'answer' }
  /** Believed: a plain no. */
  | { readonly kind: 'refused'; readonly by: ApiError }
  /** The server is ready now, so the same answer once more would be believed. */
  | { readonly kind: 'confirm' }
  | { readonly kind: 'again'; readonly afterMs: number };

export function createCaller(surroundings: Surroundings): Caller {
  const { server, patienceMs, doubtMs, isReady, onAbsence, onWarning } = surroundings;
  // What was before we came is not known: it counts as an outage.
  let lastAbsence = performance.now();
  let absentSince: number | undefined;

  async function call<T>(call: Call, ask: (options: CallOptions) => Promise<T>, signal: AbortSignal): Promise<T> {
    const began = performance.now();
    const until = began + patienceMs;
    let confirming: number | undefined;
    let sign: ApiError | NoAnswer | undefined;
    for (let tries = 1; ; tries += 1) {
      signal.throwIfAborted();
      const deadlineMs = Math.max(1, Math.ceil(Math.min(call.deadlineMs ?? SHORT_MS, until - performance.now())));
      const deadline = AbortSignal.timeout(deadlineMs);
      const patience = lasting(signal, call.finishMs ?? 0);
      const either = AbortSignal.any([patience.signal, deadline]);
      try {
        const answer = await ask({ ...signalOptions(either), signal: either });
        present();
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        const failure = failureOf(error, deadline, deadlineMs);
        // That the rest of our patience was too short for a try says less about the server than what it did before.
        const cutShort = deadline.aborted && deadlineMs < (call.deadlineMs ?? SHORT_MS);
        sign = cutShort ? (sign ?? failure) : failure;
        const verdict = await judge(failure, call, { tries, confirming, signal });
        confirming = verdict.kind === 'confirm' && failure instanceof ApiError ? failure.code : undefined;
        if (verdict.kind === 'answer') throw failure;
        if (verdict.kind === 'refused') throw refusal(call, server, verdict.by);
        if (verdict.kind === 'again') {
          if (call.once && verdict.afterMs > 0) throw failure;
          if (performance.now() + verdict.afterMs >= until)
            throw impatience(call, server, sign, performance.now() - began);
          await wait(verdict.afterMs, signal);
        }
      } finally {
        patience.end();
      }
    }
  }

  async function judge(
    failure: ApiError | NoAnswer,
    call: Call,
    { tries, confirming, signal }: { tries: number; confirming: number | undefined; signal: AbortSignal },
  ): Promise<Verdict> {
    const again = { kind: 'again', afterMs: pauseBefore(tries) } as const;
    if (failure instanceof StaleConnection) return { kind: 'again', afterMs: 0 };
    if (failure instanceof NoAnswer) return absent(failure, again);
    if (isDoubtful(failure) && failure.code !== confirming && performance.now() - lastAbsence < doubtMs) {
      return (await isReady(failure.code === 401, signal)) ? { kind: 'confirm' } : again;
    }
    if (call.isAnswer?.(failure)) return believed({ kind: 'answer' });
    const afterMs = Math.max(again.afterMs, (failure.retryAfterSeconds ?? 0) * 1_000);
    if (failure.code === 429) return { kind: 'again', afterMs };
    return failure.code >= 500
      ? absent(failure, { kind: 'again', afterMs })
      : believed({ kind: 'refused', by: failure });
  }

  function believed(verdict: Verdict): Verdict {
    present();
    return verdict;
  }

  function absent(failure: Error, verdict: Verdict): Verdict {
    suspect();
    if (absentSince === undefined) {
      absentSince = performance.now();
      const how = failure instanceof NoCredentials ? 'cannot be asked' : 'is away';
      onWarning(`the API server at ${server} ${how}: ${failure.message}`);
    }
    return verdict;
  }

  function suspect(): void {
    lastAbsence = performance.now();
    onAbsence();
  }

  function present(): void {
    if (absentSince === undefined) return;
    const seconds = Math.round((performance.now() - absentSince) / 1_000);
    absentSince = undefined;
    onWarning(`the API server at ${server} answers again after ${seconds} s`);
  }

  return { call, suspect };
}

/** Right after an API server is back, its RBAC and its storage may not be loaded yet. */
function isDoubtful({ code }: ApiError): boolean {
  return code === 401 || code === 403 || code === 404;
}

function failureOf(error: unknown, deadline: AbortSignal, deadlineMs: number): ApiError | NoAnswer {
  if (error instanceof ApiError) return error;
  if (deadline.aborted) return new NoAnswer(`it did not answer within ${seconds(deadlineMs)}`, { cause: error });
  if (error instanceof NoAnswer) return error;
  throw error;
}

function pauseBefore(tries: number): number {
  const full = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (tries - 1));
  return full * (0.5 + Math.random() / 2);
}

function refusal(call: Call, server: string, failure: ApiError): ClusterRefused {
  const options = { cause: failure };
  const { code, status, message } = failure;
  const no = code === 401 || code === 403 ? 'does not let us' : `answered ${code} when asked to`;
  const sentence = `The API server at ${server} ${no} ${spell(call)}: ${message}`;
  if (code === 401) return new ClusterRefused(`${withStop(sentence)} ${UNKNOWN}`, options);
  if (code === 403) return new RightMissing(sentence, rightOf(call, failure), options);
  return new ClusterRefused(status.message === undefined ? `${withStop(sentence)} ${STRANGE}` : sentence, options);
}

const UNKNOWN =
  'It does not know whoever the kubeconfig says we are: the credentials have expired, or are those of another cluster.';

/** An API server explains itself by a Status, whatever it refuses. */
const STRANGE = 'Is that the address of an API server of Kubernetes?';

/** The group is the server's to tell, as a refusal of RBAC does. */
function rightOf({ verb, resource }: Call, { status }: ApiError): Right {
  const group = resource.includes('.') || resource.startsWith('/') ? undefined : status.details?.group;
  return { verb, resource: group ? `${resource}.${group}` : resource };
}

function impatience(call: Call, server: string, failure: Error, waitedMs: number): Error {
  if (failure instanceof ApiError && isDoubtful(failure)) return refusal(call, server, failure);
  const seen = failure instanceof ApiError ? `it answered ${failure.code} (${failure.message})` : failure.message;
  const done = failure instanceof NoCredentials ? 'asked' : 'reached';
  return new ClusterUnreachable(
    `The API server at ${server} could not be ${done} for ${seconds(waitedMs)} to ${spell(call)}: ${seen}.`,
    { cause: failure },
  );
}

function spell({ verb, resource, name }: Call): string {
  return `${verb} ${resource}${name === undefined ? '' : ` ${name}`}`;
}

function seconds(ms: number): string {
  return `${Math.max(1, Math.round(ms / 1_000))} s`;
}
