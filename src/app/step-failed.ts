/** A step of a node's recipe that cannot go on: the run halts with this sentence. `log` holds the host's last lines. */
export class StepFailed extends Error {
  override readonly name = 'StepFailed';
  readonly log: readonly string[];

  constructor(sentence: string, log: readonly string[] = []) {
    super(sentence);
    this.log = log;
  }
}
