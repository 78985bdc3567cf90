import type { SimulatedSlack } from '../../src/demo/slack/simulated-slack.ts';

/** The product as it is installed for a run of the lab, and the Slack through which people talk to it. */
export interface Installation {
  readonly slack: SimulatedSlack;
  /**
   * Ends one worker with kill -9, as a crash would, whether or not the API server can be reached; whoever runs it
   * starts it again. Resolves with its name, for the report.
   */
  crashWorker(): Promise<string>;
  /** How often workers have been started again after a crash, asked when the API server can be reached. */
  restarts(): Promise<number>;
  /** Saves the logs into the folder of the run as `bot*.log` and `worker*.log`, and ends what runs outside the cluster. */
  stop(): Promise<void>;
}
