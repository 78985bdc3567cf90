import type { HomeView, KnownBlock, ModalView } from '@slack/types';
import { APP, TEAM } from './people.ts';
import { SlackError } from './slack-error.ts';
import type { Workspace } from './workspace.ts';

/** A view as it now stands in front of one user. */
export interface OpenView {
  readonly id: string;
  readonly hash: string;
  readonly user: string;
  readonly rootId: string;
  readonly previousId: string | undefined;
  readonly content: (ModalView | HomeView) & { readonly blocks: readonly KnownBlock[] };
}

/** Slack shows at most three modals on top of each other. */
const STACK_LIMIT = 3;

/** The modals that each user has open, the topmost last, and the home tabs. */
export class Views {
  readonly #stacks = new Map<string, OpenView[]>();
  readonly #homes = new Map<string, OpenView>();
  readonly #workspace: Workspace;
  #ids = 0;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  open(user: string, content: ModalView | HomeView): OpenView {
    const view = this.#made(user, this.#modal(content), undefined);
    this.#stacks.set(user, [view]);
    this.#workspace.changed();
    return view;
  }

  push(user: string, content: ModalView | HomeView): OpenView {
    const stack = this.#stacks.get(user) ?? [];
    if (stack.length === 0) return this.open(user, content);
    if (stack.length >= STACK_LIMIT) throw new SlackError('push_limit_reached');
    const view = this.#made(user, this.#modal(content), stack.at(-1));
    stack.push(view);
    this.#workspace.changed();
    return view;
  }

  /** Throws not_found, or hash_conflict when the caller's hash is not of the newest version. */
  update(id: string, content: ModalView | HomeView, hash?: string): OpenView {
    const view = this.find(id);
    if (view === undefined) throw new SlackError('not_found');
    if (hash !== undefined && hash !== view.hash) throw new SlackError('hash_conflict');
    const updated: OpenView = { ...view, hash: this.#hash(), content: this.#identified(content) };
    const stack = this.#stacks.get(view.user) ?? [];
    stack[stack.indexOf(view)] = updated;
    this.#workspace.changed();
    return updated;
  }

  publish(user: string, content: ModalView | HomeView): OpenView {
    if (content.type !== 'home') throw new SlackError('invalid_arguments', ['[ERROR] unsupported type: modal']);
    const view = this.#made(user, content, undefined);
    this.#homes.set(user, view);
    this.#workspace.changed();
    return view;
  }

  find(id: string): OpenView | undefined {
    return [...this.#stacks.values()].flat().find(view => view.id === id);
  }

  findByExternalId(id: string): OpenView | undefined {
    return [...this.#stacks.values()].flat().find(view => view.content.external_id === id);
  }

  top(user: string): OpenView | undefined {
    return this.#stacks.get(user)?.at(-1);
  }

  home(user: string): OpenView | undefined {
    return this.#homes.get(user);
  }

  close(view: OpenView): void {
    const stack = this.#stacks.get(view.user) ?? [];
    this.#stacks.set(
      view.user,
      stack.filter(({ id }) => id !== view.id),
    );
    this.#workspace.changed();
  }

  clear(user: string): void {
    this.#stacks.delete(user);
    this.#workspace.changed();
  }

  #modal(content: ModalView | HomeView): ModalView {
    if (content.type !== 'modal') throw new SlackError('invalid_arguments', ['[ERROR] unsupported type: home']);
    return content;
  }

  #made(user: string, content: ModalView | HomeView, previous: OpenView | undefined): OpenView {
    const id = `V0${String(++this.#ids).padStart(6, '0')}`;
    return {
      id,
      hash: this.#hash(),
      user,
      rootId: previous?.rootId ?? id,
      previousId: previous?.id,
      content: this.#identified(content),
    };
  }

  #identified(content: ModalView | HomeView): OpenView['content'] {
    // The blocks were checked against KnownBlock before they came here.
    return { ...content, blocks: [...this.#workspace.identified(content.blocks as KnownBlock[])] };
  }

  #hash(): string {
    return `${this.#workspace.newTs()}.hash`;
  }
}

/** The view as it stands in Slack's answers and payloads. */
export function viewJson(view: OpenView, values: object = {}): Record<string, unknown> {
  return {
    id: view.id,
    team_id: TEAM.id,
    private_metadata: '',
    callback_id: '',
    external_id: '',
    close: null,
    submit: null,
    clear_on_close: false,
    notify_on_close: false,
    ...view.content,
    state: { values },
    hash: view.hash,
    previous_view_id: view.previousId ?? null,
    root_view_id: view.rootId,
    app_id: APP.id,
    app_installed_team_id: TEAM.id,
    bot_id: APP.botId,
  };
}
