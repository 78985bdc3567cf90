import { epoch } from '../views/time.ts';
import type { WireObject } from '../views/wire.ts';
import { WORK_LABEL } from './job-names.ts';
import { readVerdict, type Verdict } from './verdict.ts';

/** An upgrade Job, ours or another work's. */
export interface JobView {
  readonly name: string;
  readonly uid: string;
  /** The key of its work. */
  readonly work: string;
  readonly state: { readonly kind: 'live' } | { readonly kind: 'over'; readonly why: string };
}

/** A pod of an upgrade Job: one attempt to attach to the work on the host. */
export interface JobPodView {
  readonly name: string;
  readonly work: string;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  readonly state:
    | { readonly kind: 'waiting'; readonly reason: string; readonly message: string }
    | { readonly kind: 'running' }
    | { readonly kind: 'ended'; readonly exitCode: number; readonly verdict: Verdict | undefined }
    /** Ended without its container ever having run: the kubelet would not have it. */
    | { readonly kind: 'rejected'; readonly why: string };
}

export interface WireJob extends WireObject {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly reason?: string;
      readonly message?: string;
    }[];
  };
}

export interface WireJobPod extends WireObject {
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly containerStatuses?: readonly { readonly state?: WireContainerState }[];
  };
}

interface WireContainerState {
  readonly waiting?: { readonly reason?: string; readonly message?: string };
  readonly running?: object;
  readonly terminated?: { readonly exitCode?: number; readonly message?: string };
}

export function jobView({ metadata = {}, status = {} }: WireJob): JobView {
  const end = status.conditions?.find(
    ({ type, status: is }) => (type === 'Complete' || type === 'Failed') && is === 'True',
  );
  return {
    name: metadata.name ?? '',
    uid: metadata.uid ?? '',
    work: metadata.labels?.[WORK_LABEL] ?? '',
    state: end
      ? { kind: 'over', why: [end.reason ?? end.type, end.message].filter(Boolean).join(': ') }
      : { kind: 'live' },
  };
}

export function jobPodView(pod: WireJobPod): JobPodView {
  const { metadata = {} } = pod;
  const work = metadata.labels?.[WORK_LABEL] ?? '';
  const createdAt = epoch(metadata.creationTimestamp) ?? 0;
  return { name: metadata.name ?? '', work, createdAt, state: podState(pod, work) };
}

function podState({ status = {} }: WireJobPod, work: string): JobPodView['state'] {
  const { running, terminated, waiting } = status.containerStatuses?.[0]?.state ?? {};
  if (terminated) {
    const { exitCode = -1, message = '' } = terminated;
    return { kind: 'ended', exitCode, verdict: readVerdict(message, work) };
  }
  if (status.phase === 'Failed') {
    return { kind: 'rejected', why: [status.reason, status.message].filter(Boolean).join(': ') || 'no reason given' };
  }
  if (running || status.phase === 'Succeeded') return { kind: 'running' };
  return { kind: 'waiting', reason: waiting?.reason ?? '', message: waiting?.message ?? '' };
}
