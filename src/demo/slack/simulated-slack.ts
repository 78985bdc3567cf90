import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Acting, type Outcome } from './acting.ts';
import { ActingInModals, type FormValues, type Submitted } from './acting-in-modals.ts';
import { Delivery, type Target } from './delivery.ts';
import type { Entered } from './elements.ts';
import { Faults } from './faults.ts';
import type { Backend } from './method.ts';
import { APPROVERS, PEOPLE, PLATFORM } from './people.ts';
import { ResponseUrls } from './response-urls.ts';
import { SlackError } from './slack-error.ts';
import { SocketMode } from './socket-mode.ts';
import { transcript } from './transcript.ts';
import { Triggers } from './triggers.ts';
import { type OpenView, Views } from './views.ts';
import { type Call, parseBody, readText, sendJson, WebApi } from './web-api.ts';
import { type Message, Workspace } from './workspace.ts';

/** Anything else that is served on the same port. Returns false for what is not its own. */
export type ExtraRoutes = (request: IncomingMessage, response: ServerResponse) => boolean;

export interface SimulatedSlackOptions {
  /** 127.0.0.1 by default; another one for a bot that runs in a network of its own. */
  readonly host?: string;
  /** 0, the default, takes a free one. */
  readonly port?: number;
  /** The app's address in HTTP mode; without it payloads travel over Socket Mode. `slack.target` sets it later. */
  readonly target?: { readonly url: string; readonly signingSecret?: string } | undefined;
  /** Epoch milliseconds. */
  readonly now?: () => number;
}

export async function startSimulatedSlack(options: SimulatedSlackOptions = {}): Promise<SimulatedSlack> {
  const slack = new SimulatedSlack(options);
  await slack.listen(options.port ?? 0);
  return slack;
}

interface Patience {
  readonly timeoutMs?: number;
  /** In the words of people, for the error where it was waited for in vain. */
  readonly what?: string;
}

/** A Slack workspace with one app in it, behind real HTTP and websockets. */
export class SimulatedSlack {
  readonly botToken = 'xoxb-simulated-bot-token';
  readonly appToken = 'xapp-simulated-app-token';
  readonly signingSecret = 'simulated-signing-secret';
  readonly users = PEOPLE;
  readonly approvers = APPROVERS;
  readonly channel = PLATFORM;
  readonly faults = new Faults(() => this.socketMode.terminate());
  readonly workspace: Workspace;
  readonly views: Views;
  readonly socketMode: SocketMode;
  extraRoutes: ExtraRoutes | undefined;
  readonly #host: string;
  readonly #server: Server;
  readonly #responseUrls: ResponseUrls;
  readonly #delivery: Delivery;
  readonly #webApi: WebApi;
  readonly #acting: Acting;
  readonly #modals: ActingInModals;

  constructor({ host = '127.0.0.1', target, now = Date.now }: SimulatedSlackOptions) {
    this.#host = host;
    this.workspace = new Workspace(now);
    this.views = new Views(this.workspace);
    this.#responseUrls = new ResponseUrls(this.workspace);
    this.socketMode = new SocketMode(
      () => this.origin,
      () => this.workspace.changed(),
    );
    const backend: Backend = {
      workspace: this.workspace,
      views: this.views,
      triggers: new Triggers(now),
      responseUrls: this.#responseUrls,
      socketMode: this.socketMode,
      origin: () => this.origin,
    };
    this.#delivery = new Delivery(this.socketMode, this.faults, now);
    this.target = target;
    this.#webApi = new WebApi(backend, { bot: this.botToken, app: this.appToken }, this.faults);
    this.#acting = new Acting(backend, this.#delivery);
    this.#modals = new ActingInModals(backend, this.#delivery, this.#acting);
    this.#server = createServer((request, response) => void this.#handle(request, response));
    this.#server.on('upgrade', (request, socket, head) => {
      if (this.faults.down) socket.destroy();
      else this.socketMode.accept(request, socket, head);
    });
  }

  get origin(): string {
    return `http://${this.#host}:${(this.#server.address() as AddressInfo | null)?.port ?? 0}`;
  }

  /** For SLACK_API_URL. */
  get apiUrl(): string {
    return `${this.origin}/api/`;
  }

  /** Every call of the Web API so far. */
  get calls(): readonly Call[] {
    return this.#webApi.calls;
  }

  get target(): Target | undefined {
    return this.#delivery.target;
  }

  /** Where the app listens, such as `http://127.0.0.1:3000/slack/events`; undefined: Socket Mode. */
  set target(target: { readonly url: string; readonly signingSecret?: string } | undefined) {
    this.#delivery.target =
      target === undefined ? undefined : { url: target.url, signingSecret: target.signingSecret ?? this.signingSecret };
  }

  listen(port: number): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, this.#host, () => resolve());
    });
  }

  async stop(): Promise<void> {
    this.socketMode.terminate();
    this.#server.closeAllConnections();
    await new Promise<void>(resolve => this.#server.close(() => resolve()));
  }

  // ---- what people do --------------------------------------------------------------------------------------------

  command(user: string, channel: string, text: string): Promise<Outcome> {
    return this.#acting.command(user, channel, text);
  }

  click(
    user: string,
    message: Pick<Message, 'channel' | 'ts'>,
    actionId: string,
    how: { readonly entered?: Entered; readonly blockId?: string } = {},
  ): Promise<Outcome> {
    return this.#acting.click(user, message, actionId, how);
  }

  /** `view`: the modal that is meant, or undefined for the one in front of the user. */
  submit(user: string, view: Pick<OpenView, 'id'> | undefined, values: FormValues = {}): Promise<Submitted> {
    return this.#modals.submit(user, view?.id, values);
  }

  clickInModal(
    user: string,
    actionId: string,
    how: { readonly entered?: Entered; readonly blockId?: string; readonly values?: FormValues } = {},
  ): Promise<Outcome> {
    return this.#modals.click(user, this.#modals.open(user), actionId, how);
  }

  closeModal(user: string): Promise<void> {
    return this.#modals.close(user);
  }

  say(user: string, channel: string, text: string, threadTs?: string): Promise<Message> {
    return this.#acting.say(user, channel, text, threadTs);
  }

  openHome(user: string): Promise<void> {
    return this.#acting.openHome(user);
  }

  // ---- what people see -------------------------------------------------------------------------------------------

  /** The modal in front of this user, if any. */
  modal(user: string): OpenView | undefined {
    return this.views.top(this.#acting.person(user).id);
  }

  messages(channel: string = this.channel.id): readonly Message[] {
    return this.workspace.messages(this.#acting.channel(channel).id);
  }

  transcript(channel: string = this.channel.id): string {
    return transcript(this.workspace, this.views, this.#acting.channel(channel).id);
  }

  /**
   * Resolves with what `seen` returns as soon as that is neither undefined nor false, looking after every change; a
   * text is looked for in the transcripts. Rejects after `timeoutMs` (10 s by default) with the transcript.
   */
  until(seen: string, limits?: Patience): Promise<true>;
  until<T>(seen: (slack: this) => T | undefined | false, limits?: Patience): Promise<T>;
  until<T>(
    seen: string | ((slack: this) => T | undefined | false),
    { timeoutMs = 10_000, what = typeof seen === 'string' ? `"${seen}"` : String(seen) }: Patience = {},
  ): Promise<T | true> {
    const look =
      typeof seen === 'string'
        ? () => this.workspace.channels.some(({ id }) => this.transcript(id).includes(seen))
        : () => seen(this);
    return new Promise((resolve, reject) => {
      const stop = (): void => {
        clearTimeout(deadline);
        this.workspace.off('change', check);
      };
      const check = (): void => {
        try {
          const found = look();
          if (found === undefined || found === false) return;
          stop();
          resolve(found);
        } catch (error) {
          stop();
          reject(error);
        }
      };
      const deadline = setTimeout(() => {
        stop();
        reject(new Error(`Slack did not show ${what} within ${timeoutMs} ms. It shows:\n${this.transcript()}`));
      }, timeoutMs);
      this.workspace.on('change', check);
      check();
    });
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '/', this.origin);
    const [, root, rest = ''] = /^\/(api|response)\/(.+)$/.exec(pathname) ?? [];
    try {
      if (root === undefined) {
        if (this.extraRoutes?.(request, response) !== true) sendJson(response, 404, { ok: false, error: 'not_found' });
      } else if (this.faults.down) {
        request.socket.destroy();
      } else if (root === 'api') {
        await this.#webApi.handle(rest, request, response);
      } else {
        this.#responseUrls.respond(rest, parseBody(await readText(request), 'application/json'));
        response.end('ok');
      }
    } catch (error) {
      if (error instanceof SlackError) {
        const gone = ['used_url', 'expired_url', 'invalid_url'].includes(error.code);
        sendJson(response, gone ? 404 : 400, { ok: false, error: error.code, messages: error.messages });
      } else if (!response.headersSent) {
        sendJson(response, 500, { ok: false, error: 'fatal_error', messages: [String(error)] });
      }
    }
  }
}
