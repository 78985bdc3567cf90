import { z } from 'zod';
import { type Acting, chosen, type Outcome } from './acting.ts';
import { checkView } from './block-check.ts';
import type { Delivery } from './delivery.ts';
import { type Entered, elementsIn, isEmpty, stateOf } from './elements.ts';
import type { Backend } from './method.ts';
import { closedPayload, submissionPayload, viewActionPayload } from './payloads.ts';
import { PLATFORM } from './people.ts';
import { ImpossibleDeed, SlackError } from './slack-error.ts';
import type { OpenView } from './views.ts';

/** By action_id, or by block_id where an action_id stands in several blocks. */
export type FormValues = Readonly<Record<string, Entered>>;

export type Submitted =
  | { readonly kind: 'closed' }
  | { readonly kind: 'updated'; readonly view: OpenView }
  /** The app refused: message by block_id, shown beside the inputs. The modal stays open. */
  | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> }
  | Extract<Outcome, { kind: 'failed' }>;

const Answer = z.discriminatedUnion('response_action', [
  z.looseObject({ response_action: z.literal('errors'), errors: z.record(z.string(), z.string()) }),
  z.looseObject({ response_action: z.literal('update'), view: z.unknown() }),
  z.looseObject({ response_action: z.literal('push'), view: z.unknown() }),
  z.looseObject({ response_action: z.literal('clear') }),
]);

/** What people do in modals: fill in, submit, click, close. */
export class ActingInModals {
  readonly #backend: Backend;
  readonly #delivery: Delivery;
  readonly #acting: Acting;

  constructor(backend: Backend, delivery: Delivery, acting: Acting) {
    this.#backend = backend;
    this.#delivery = delivery;
    this.#acting = acting;
  }

  /** The modal in front of this user. Throws where there is none, or where `id` names another. */
  open(userKey: string, id?: string): OpenView {
    const user = this.#acting.person(userKey);
    const view = this.#backend.views.top(user.id);
    if (view === undefined) throw new ImpossibleDeed(`${user.name} has no modal open.`);
    if (id !== undefined && view.id !== id) {
      throw new ImpossibleDeed(`The modal ${id} is not in front of ${user.name}; ${view.id} is.`);
    }
    return view;
  }

  /** Fills in and submits. Throws where Slack itself would not let it through: a required input that is empty. */
  async submit(userKey: string, viewId: string | undefined, values: FormValues): Promise<Submitted> {
    const user = this.#acting.person(userKey);
    const view = this.open(userKey, viewId);
    if (view.content.type !== 'modal' || view.content.submit === undefined) {
      throw new ImpossibleDeed(`The modal ${view.id} has no button to submit it.`);
    }
    const state = filledIn(view, values, true);
    this.#tell(user.id, `submitted "${view.content.title.text}"`);
    const payload = submissionPayload(user, view, state, this.#backend.triggers.issue(user.id));
    const delivered = await this.#delivery.deliver('interactive', payload);
    if (delivered.kind === 'failed') {
      this.#tell(user.id, `was told: We had some trouble connecting. Try again? (${delivered.error})`);
      return delivered;
    }
    try {
      return this.#answered(view, delivered.body);
    } catch (error) {
      if (!(error instanceof SlackError)) throw error;
      this.#tell(user.id, `was told: We had some trouble connecting. Try again? (${error.message})`);
      return { kind: 'failed', error: error.message };
    }
  }

  /** Clicks a button, or chooses in a select, inside the modal or home tab. */
  async click(
    userKey: string,
    view: OpenView,
    actionId: string,
    how: { readonly entered?: Entered; readonly blockId?: string; readonly values?: FormValues } = {},
  ): Promise<Outcome> {
    const { triggers, workspace } = this.#backend;
    const user = this.#acting.person(userKey);
    const element = chosen(elementsIn(view.content.blocks), actionId, how.blockId, 'this view');
    const clicked = { element, state: stateOf(element, how.entered), actionTs: workspace.newTs() };
    const state = filledIn(view, how.values ?? {}, false);
    const delivered = await this.#delivery.deliver(
      'interactive',
      viewActionPayload(user, view, state, clicked, triggers.issue(user.id)),
    );
    return delivered.kind === 'failed' ? delivered : { kind: 'done' };
  }

  /** Closes the topmost modal; the app hears of it only where it asked to. */
  async close(userKey: string): Promise<void> {
    const view = this.open(userKey);
    const user = this.#acting.person(userKey);
    const content = view.content;
    const cleared = content.type === 'modal' && content.clear_on_close === true;
    if (cleared) this.#backend.views.clear(user.id);
    else this.#backend.views.close(view);
    if (content.type === 'modal' && content.notify_on_close === true) {
      await this.#delivery.deliver('interactive', closedPayload(user, view, cleared));
    }
  }

  #answered(view: OpenView, body: unknown): Submitted {
    const { views } = this.#backend;
    if (typeof body !== 'object' || body === null || !('response_action' in body)) {
      views.close(view);
      return { kind: 'closed' };
    }
    const parsed = Answer.safeParse(body);
    if (!parsed.success) throw new SlackError('invalid_response_action', [z.prettifyError(parsed.error)]);
    switch (parsed.data.response_action) {
      case 'errors':
        return { kind: 'errors', errors: checkedErrors(view, parsed.data.errors) };
      case 'update':
        return { kind: 'updated', view: views.update(view.id, checkView(parsed.data.view)) };
      case 'push':
        return { kind: 'updated', view: views.push(view.user, checkView(parsed.data.view)) };
      case 'clear':
        views.clear(view.user);
        return { kind: 'closed' };
    }
  }

  #tell(user: string, text: string): void {
    this.#backend.workspace.tell({ channel: PLATFORM.id, threadTs: undefined, user, text });
  }
}

/** `state.values` of the view. Throws on values for which there is no input, and on empty inputs that are required. */
function filledIn(view: OpenView, values: FormValues, complete: boolean): Record<string, Record<string, unknown>> {
  const elements = elementsIn(view.content.blocks).filter(({ element }) => element.type !== 'button');
  const known = new Set(elements.flatMap(({ blockId, element }) => [blockId, element.action_id]));
  for (const key of Object.keys(values)) {
    if (!known.has(key)) throw new ImpossibleDeed(`The modal has no input "${key}". It has: ${[...known].join(', ')}.`);
  }
  const state: Record<string, Record<string, unknown>> = {};
  for (const placed of elements) {
    const { blockId, element, input } = placed;
    const filled = stateOf(placed, values[blockId] ?? values[element.action_id]);
    if (complete && input !== undefined && !input.optional && isEmpty(filled)) {
      throw new ImpossibleDeed(`Slack would not send this: please complete the required field "${input.label}".`);
    }
    state[blockId] = { ...state[blockId], [element.action_id]: filled };
  }
  return state;
}

/** Slack shows errors only beside input blocks, and refuses those of any other. */
function checkedErrors(view: OpenView, errors: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const inputs = new Set(view.content.blocks.filter(({ type }) => type === 'input').map(({ block_id }) => block_id));
  const stray = Object.keys(errors).filter(key => !inputs.has(key));
  if (stray.length > 0) throw new SlackError('invalid_errors', [`[ERROR] no input block is named ${stray.join(', ')}`]);
  return errors;
}
