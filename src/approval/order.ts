/** What a person wants of a run. */
export type Order =
  | { readonly kind: 'pause' | 'resume' | 'abort' | 'retry' }
  /** Without `at`: the node that failed, or else the one that is under way. */
  | { readonly kind: 'skip'; readonly at: Attempt | undefined }
  /** To go on waiting for what blocks a drain: its time begins anew. */
  | { readonly kind: 'wait'; readonly at: Attempt }
  /** To delete one pod that blocks a drain, past its budget. */
  | { readonly kind: 'force'; readonly at: Attempt; readonly pod: NamedPod }
  /** To declare that the host of this node, which fell silent, is off for certain. */
  | { readonly kind: 'out-of-service'; readonly at: Attempt; readonly node: string };

/** This very pod, and not another that has its name later. */
export interface NamedPod {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** One attempt at one work of a run. */
export interface Attempt {
  readonly work: string;
  readonly attempt: number;
}
