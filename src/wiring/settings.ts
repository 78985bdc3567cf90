import type { ApprovalPolicy } from '../approval/decision.ts';
import type { BotConfig, WorkerConfig } from '../runtime/config.ts';
import type { Logger } from '../runtime/logger.ts';

/** How long a plan may wait for its approvals, and how old an approval may be when its run begins. */
export const PLAN_LIFETIME_MS = 24 * 60 * 60 * 1000;

export function approvalPolicy(config: BotConfig | WorkerConfig): ApprovalPolicy {
  return {
    approvers: config.CAPSTAN_APPROVERS,
    needed: config.CAPSTAN_APPROVALS_NEEDED,
    selfApproval: config.CAPSTAN_SELF_APPROVAL,
  };
}

export function errorLogger(log: Logger): (error: Error) => void {
  return error => log.error({ err: error }, error.message);
}
