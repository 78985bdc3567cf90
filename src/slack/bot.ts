import { App } from '@slack/bolt';
import type { BotUseCases } from '../app/bot-use-cases.ts';
import type { Delivery } from '../app/delivery.ts';
import type { Notice } from '../app/messages.ts';
import type { Clock, Directory, Store } from '../app/ports.ts';
import type { ApprovalPolicy } from '../approval/approval.ts';
import { interactiveClient, interactiveOptions, outboxClient, type Reports, slackLogger } from './client.ts';
import { createDelivery } from './deliver.ts';
import { createDirectory } from './directory.ts';
import { createEntrance, type Transport } from './entrance.ts';
import { createAttention } from './listeners/attend.ts';
import { listenToBlocked } from './listeners/blocked.ts';
import { listenToCommand } from './listeners/command.ts';
import { listenToOutOfService } from './listeners/out-of-service.ts';
import { listenToPlan } from './listeners/plan.ts';
import { listenToReminder } from './listeners/reminder.ts';
import { listenToRun } from './listeners/run.ts';
import { refusedToken } from './refused-call.ts';
import { createWhisper } from './whisper.ts';

export interface SlackOptions extends Reports {
  readonly token: string;
  /** Where the Web API is, such as `https://slack.com/api/`. */
  readonly apiUrl: string;
  readonly transport: Transport;
  readonly store: Pick<Store, 'plans' | 'runs' | 'posts'>;
  /** For the count of approvals that a cluster's plan still needs; who may decide is the use cases' to say. */
  readonly policyOf: (cluster: string) => ApprovalPolicy;
  readonly clock: Clock;
  /** Whether this key is seen for the first time; remembered for at least ten minutes, by all bots together. */
  readonly firstSeen: (key: string) => Promise<boolean>;
}

export interface Slack {
  readonly directory: Directory;
  /** Throws only what is none of Slack's doing, such as a store that is away. One notice at a time. */
  deliver(notice: Notice): Promise<Delivery>;
  /** Starts to hear people. Resolves as soon as their requests come in. */
  listen(useCases: BotUseCases): Promise<Listening>;
}

export interface Listening {
  /** In HTTP mode. */
  readonly port: number | undefined;
  /** Hears nobody any more, and resolves when everybody who was heard has been answered. */
  stop(): Promise<void>;
}

/** Slack as the bot needs it. In two steps, since the use cases need the directory before anybody can be heard. */
export function connectSlack(options: SlackOptions): Slack {
  const { apiUrl, store, policyOf, clock } = options;
  const logger = slackLogger(options);
  const interactive = interactiveClient(options, logger);
  const outbox = outboxClient(options, logger);
  return {
    directory: createDirectory(interactive, clock),
    deliver: createDelivery({
      client: outbox,
      store,
      policyOf,
      clock,
      whisper: createWhisper(outbox, apiUrl, 10_000),
      onWarning: options.onWarning,
    }),
    listen: useCases => listen(useCases, options),
  };

  /** Whoever only hears would find out with the first command. Slack may as well be away by now, which says nothing. */
  async function tellRefusedToken(onError: SlackOptions['onError']): Promise<void> {
    try {
      await interactive.auth.test();
    } catch (error) {
      const refused = refusedToken(error, 'SLACK_BOT_TOKEN', 'the scopes that the README names');
      if (refused) onError(refused);
    }
  }

  async function listen(useCases: BotUseCases, { token, transport, firstSeen, onError }: SlackOptions) {
    const entrance = createEntrance(transport, { apiUrl, clock, logger });
    const app = new App({
      receiver: entrance.receiver,
      // With `token`, Bolt would ask Slack once, at the start, and after a failure would serve nobody ever again.
      authorize: async () => ({ botToken: token }),
      clientOptions: interactiveOptions(apiUrl, logger),
      logger,
      convoStore: false,
    });
    app.error(async error => onError(new Error('a listener of Slack failed', { cause: error })));
    const attention = createAttention({ firstSeen, onError, whisper: createWhisper(interactive, apiUrl, 2_000) });
    const ports = { client: interactive, useCases, store, attention };
    listenToCommand(app, ports);
    listenToPlan(app, ports);
    listenToRun(app, useCases, attention);
    listenToBlocked(app, ports);
    listenToOutOfService(app, ports);
    listenToReminder(app, useCases, attention);
    const { port } = await entrance.open();
    void tellRefusedToken(onError);
    let stopped: Promise<void> | undefined;
    return {
      port,
      stop: () => {
        stopped ??= entrance.close().then(() => attention.settled());
        return stopped;
      },
    };
  }
}
