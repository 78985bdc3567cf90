/** What Slack answers with `ok: false`. The code is Slack's own; the messages say where the fault is. */
export class SlackError extends Error {
  override readonly name = 'SlackError';
  readonly code: string;
  readonly messages: readonly string[];

  constructor(code: string, messages: readonly string[] = []) {
    super([code, ...messages].join('; '));
    this.code = code;
    this.messages = messages;
  }
}

/** Someone was asked to do what a person in front of Slack could not do: the sentence says why. */
export class ImpossibleDeed extends Error {
  override readonly name = 'ImpossibleDeed';
}
