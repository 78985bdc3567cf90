/** Names the work of one attempt on a host for ever. */
export function hostWorkId({
  run,
  work,
  attempt,
}: {
  readonly run: string;
  readonly work: string;
  readonly attempt: number;
}): string {
  return [run, work, attempt].join('-');
}
