/** What became of one notice. `later`: Slack asked for a pause, or cannot be reached. */
export type Delivery =
  | { readonly kind: 'done' }
  | { readonly kind: 'later'; readonly afterMs: number; readonly why: string }
  | { readonly kind: 'dropped'; readonly why: string };
