import type { PlanRequest } from '../plan/request.ts';

/** What a person typed behind `/k8s`, understood. */
export type Command =
  | { readonly kind: 'help'; readonly topic: string | undefined }
  | { readonly kind: 'status'; readonly cluster: string | undefined }
  | { readonly kind: 'nodes'; readonly cluster: string | undefined; readonly pool: string | undefined }
  | { readonly kind: 'versions'; readonly cluster: string | undefined }
  | { readonly kind: 'plan'; readonly cluster: string | undefined; readonly request: PlanRequest }
  | { readonly kind: 'run-status'; readonly cluster: string | undefined }
  | {
      readonly kind: 'run-command';
      readonly command: 'pause' | 'resume' | 'abort' | 'retry' | 'skip';
      readonly cluster: string | undefined;
    };

/** `sentence` names the word that was not understood; `suggestion` is a whole command that was probably meant. */
export interface CommandError {
  readonly kind: 'error';
  readonly sentence: string;
  readonly suggestion: string | undefined;
}
