/** An API server that the suite runs on. */
export interface Target {
  readonly name: string;
  /** YAML. The user must be allowed everything; at least two worker nodes are Ready, and pods that are bound run. */
  readonly kubeconfig: string;
  /** Forgets history, as a compaction does. Where nobody can ask for one, what depends on it is left out. */
  readonly compact?: () => Promise<void>;
  /** Whether the nodes have a kubelet that can be asked for logs. */
  readonly logs: boolean;
  stop(): Promise<void>;
}
