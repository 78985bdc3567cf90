import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ClusterRefused, ClusterUnreachable } from '../app/ports.ts';
import { planJson } from '../cli/plan-json.ts';
import { planText } from '../cli/plan-text.ts';
import { parseTarget } from '../command/target.ts';
import { connectKubernetes } from '../kubernetes/kubernetes.ts';
import { stopsApproval } from '../plan/finding.ts';
import { planUpgrade } from '../plan/planning.ts';
import { createLogger } from '../runtime/logger.ts';
import { BUNDLED_CALENDAR } from '../version/calendar.ts';

/** A person waits at the terminal: an unreachable cluster is said to be so within 10 s. */
const PATIENCE_MS = 8_000;
const PLAN_LIFETIME_MS = 24 * 60 * 60 * 1000;

interface Surroundings {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}
