/** An API server that the suite runs on. */
export interface Target {
  readonly name: string;
  /** YAML. The user must be allowed everything; at least two worker nodes are Ready, and pods that are bound run and can be asked for logs. */
  readonly kubeconfig: string;
  /** Forgets history, as a compaction does. Never called where the suite was told that nobody can ask for one. */
  compact(): Promise<void>;
  stop(): Promise<void>;
}
