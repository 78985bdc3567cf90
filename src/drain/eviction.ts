/** What the eviction endpoint answered (see the api-eviction page of the Kubernetes documentation). */
export type EvictionOutcome =
  /** 201: the pod will stop. */
  | { readonly kind: 'evicted' }
  /** 404, or 409 because the name now belongs to another pod: nothing left to do. */
  | { readonly kind: 'gone' }
  /** 429: a budget allows no disruption now. `budget` is its name where the answer tells it. */
  | {
      readonly kind: 'refused';
      readonly budget: string | undefined;
      readonly detail: string;
      readonly retryAfterSeconds: number | undefined;
    }
  /** 403 in a namespace that is being deleted: the pod will go on its own. */
  | { readonly kind: 'namespace-terminating'; readonly detail: string }
  /** 500: the budgets are misconfigured (more than one on the pod); evicting again will not help. */
  | { readonly kind: 'misconfigured'; readonly detail: string }
  /** Any code: admission says no, or a webhook that must be asked does not answer (extensible-admission-controllers). */
  | {
      readonly kind: 'denied';
      readonly by: Admission;
      readonly detail: string;
      readonly retryAfterSeconds: number | undefined;
    }
  | ({ readonly kind: 'trouble' } & Trouble);

/** The API server, or whatever stands before it, is in trouble: whether the pod was let go is not known. */
export interface Trouble {
  /** 5xx, 429 where the server has too much to do, or what it answers while it is not ready; undefined: no answer came. */
  readonly code: number | undefined;
  /** Its words; without an answer, the end of a sentence about the server. */
  readonly detail: string;
  readonly retryAfterSeconds: number | undefined;
}

/** The pod stays for now, and is to be asked for again. */
export type Refusal = Extract<EvictionOutcome, { readonly kind: 'refused' | 'misconfigured' | 'denied' | 'trouble' }>;

/** Who was asked besides the budgets: an admission webhook, or a ValidatingAdmissionPolicy, by its name. */
export interface Admission {
  readonly kind: 'webhook' | 'policy';
  readonly name: string;
}
