import type { SimulatedSlack } from '../../src/demo/slack/simulated-slack.ts';
import type { Message } from '../../src/demo/slack/workspace.ts';

const ANSWER_MS = 30_000;
const CHANNEL = '#platform';

/** A run as people see it: a status message that is edited, and its thread. */
export class ShownRun {
  readonly #slack: SimulatedSlack;
  readonly #channel: string;
  readonly #ts: string;

  constructor(slack: SimulatedSlack, { channel, ts }: Message) {
    this.#slack = slack;
    this.#channel = channel;
    this.#ts = ts;
  }

  get status(): Message | undefined {
    return this.#slack.workspace.findMessage(this.#channel, this.#ts);
  }

  thread(): readonly string[] {
    return this.#slack
      .messages(this.#channel)
      .filter(({ threadTs }) => threadTs === this.#ts)
      .map(wordsOf);
  }

  /** Resolves once the thread says these words. */
  async says(words: string | RegExp, timeoutMs: number): Promise<string> {
    const said = () =>
      this.thread().find(text => (typeof words === 'string' ? text.includes(words) : words.test(text)));
    return await this.#slack.until(said, { timeoutMs });
  }

  /** Resolves once the status message or the thread shows these words. */
  async shows(words: string, timeoutMs: number): Promise<void> {
    const shown = () => [...(this.status ? [wordsOf(this.status)] : []), ...this.thread()];
    await this.#slack.until(() => shown().some(text => text.includes(words)), { timeoutMs });
  }

  /** Resolves once nothing goes on any more; rejects with the channel where that has another reason than expected. */
  async is(expected: 'over' | 'halted', timeoutMs: number): Promise<void> {
    await this.#slack.until(() => !offers(this.status, 'run_pause'), { timeoutMs });
    const seen = offers(this.status, 'run_retry') ? 'halted' : 'over';
    if (seen !== expected) throw new Error(`The run is ${seen}, not ${expected}:\n${this.#slack.transcript()}`);
  }

  /** Aborts it where it is not over, and resolves once nothing is left to be aborted. */
  async end(timeoutMs: number): Promise<void> {
    if (!offers(this.status, 'run_abort')) return;
    await this.press('run_abort');
    await this.#slack.until(() => !offers(this.status, 'run_abort') && !offers(this.status, 'run_pause'), {
      timeoutMs,
    });
  }

  /** Presses a button below the newest notice of the thread that offers it, as bob. */
  async pressBelow(actionId: string, timeoutMs: number): Promise<void> {
    const notice = () =>
      this.#slack.messages(this.#channel).findLast(each => each.threadTs === this.#ts && offers(each, actionId));
    await this.#slack.click('bob', await this.#slack.until(notice, { timeoutMs }), actionId);
  }

  /** Chooses a pod in the modal that a button opened, and types its name, as bob. */
  async force(pod: { readonly uid: string; readonly name: string }): Promise<void> {
    const modal = await this.#slack.until(() => this.#slack.modal('bob'), { timeoutMs: ANSWER_MS });
    await this.#slack.submit('bob', modal, { pod: pod.uid, name: pod.name });
  }

  /** Declares, by the button of the status message and the name of the node, that its host is off, as bob. */
  async takeOutOfService(node: string): Promise<void> {
    const { status } = this;
    if (!status) throw new Error('The status message is gone.');
    await this.#slack.click('bob', status, 'run_out_of_service');
    const modal = await this.#slack.until(() => this.#slack.modal('bob'), { timeoutMs: ANSWER_MS });
    await this.#slack.submit('bob', modal, { node });
  }

  /** Presses a button of the status message, as bob. */
  async press(actionId: string): Promise<void> {
    const { status } = this;
    if (!status) throw new Error('The status message is gone.');
    await this.#slack.click('bob', status, actionId);
    await this.#slack.until(() => !offers(this.status, actionId), { timeoutMs: ANSWER_MS });
  }
}

/** Alice asks for a plan: the message with its buttons, whether it may be approved or not. */
export async function askForPlan(slack: SimulatedSlack, words: string): Promise<Message> {
  await slack.until(({ socketMode }) => socketMode.connections > 0, { timeoutMs: ANSWER_MS });
  const before = new Set(slack.messages().map(({ ts }) => ts));
  await slack.command('alice', CHANNEL, `/k8s upgrade plan ${words}`);
  const fresh = () => newestWith(slack, 'plan_reject', before);
  return await slack.until(fresh, { timeoutMs: ANSWER_MS });
}

/** Bob approves it, and the run begins. */
export async function approve(slack: SimulatedSlack, plan: Message): Promise<ShownRun> {
  if (!offers(plan, 'plan_approve')) throw new Error(`The plan cannot be approved:\n${slack.transcript()}`);
  const before = new Set(slack.messages().map(({ ts }) => ts));
  await slack.click('bob', plan, 'plan_approve');
  await slack.until(() => slack.modal('bob'), { timeoutMs: ANSWER_MS });
  await slack.submit('bob', undefined);
  const status = await slack.until(() => newestWith(slack, 'run_abort', before), { timeoutMs: ANSWER_MS });
  return new ShownRun(slack, status);
}

function wordsOf({ text, blocks = [] }: Message): string {
  return `${text}\n${JSON.stringify(blocks)}`;
}

/** A message that everyone sees, that carries this button, and that was not there before. */
function newestWith(slack: SimulatedSlack, actionId: string, before: ReadonlySet<string>): Message | undefined {
  return slack
    .messages()
    .findLast(each => each.onlyFor === undefined && !before.has(each.ts) && offers(each, actionId));
}

function offers(message: Message | undefined, actionId: string): boolean {
  return JSON.stringify(message?.blocks ?? []).includes(`"${actionId}"`);
}
