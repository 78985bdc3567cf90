import type { Severity } from '../../../plan/finding.ts';
import type { Phase, StageKind } from '../../../plan/plan.ts';
import type { Step } from '../../../run/run.ts';
import { code, joined, type Mrkdwn, mrkdwn } from '../../mrkdwn.ts';

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export function andMore(count: number): Mrkdwn {
  return mrkdwn`and ${count} more`;
}

const NAMED = 10;

/** The first of them, and how many more there are. */
export function names(all: readonly string[]): Mrkdwn {
  const shown = all.slice(0, NAMED).map(code);
  return joined(all.length > shown.length ? [...shown, andMore(all.length - shown.length)] : shown, ', ');
}

/** `45 s`, `12 min`, `3 h 5 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export const STAGES: Readonly<Record<StageKind, string>> = { 'control-plane': 'control plane', workers: 'workers' };

/** What happens to a node in a phase. */
export const PHASES: Readonly<Record<Phase, string>> = {
  'control-plane': 'kubeadm, not drained',
  config: 'kubeadm alone, not drained',
  kubelet: 'drain and kubelet',
};

export const STEPS: Readonly<Record<Step, string>> = {
  claim: 'claiming',
  preflight: 'asking the host',
  cordon: 'cordoning',
  drain: 'draining',
  upgrade: 'upgrading',
  ready: 'waiting until it is ready',
  uncordon: 'uncordoning',
  gates: 'waiting until all is well again',
};

export const SEVERITIES: Readonly<Record<Severity, string>> = {
  block: 'Blocks',
  unknown: 'Unknown',
  warn: 'Warning',
  deferred: 'Checked later',
  ok: 'Fine',
};
