import { createBotUseCases } from '../app/bot.ts';
import { NOBODY } from '../approval/approval.ts';
import { startOutbox } from '../queue/outbox.ts';
import { connectQueues } from '../queue/queues.ts';
import type { BotConfig } from '../runtime/config.ts';
import type { Logger } from '../runtime/logger.ts';
import type { Stoppable } from '../runtime/shutdown.ts';
import { connectSlack } from '../slack/bot.ts';
import type { Transport } from '../slack/entrance.ts';
import { connectStore } from '../store/store.ts';
import { newId } from './ids.ts';
import { errorLogger, openPolicy, outageLogger } from './settings.ts';

/** People wait for an answer: where Redis is away they are told so, instead of being left without one. */
const RETRIES = 2;
/** Slack repeats a delivery within minutes. */
const REMEMBER_SECONDS = 15 * 60;

/** Talks to Slack for all clusters until it is stopped. */
export async function startBot(config: BotConfig, log: Logger): Promise<Stoppable> {
  const onError = errorLogger(log);
  const outage = outageLogger(log);
  const store = connectStore(config.REDIS_URL, { retries: RETRIES, outage, onError });
  const queues = connectQueues(config.REDIS_URL, { retries: RETRIES, outage, onError });
  const policy = openPolicy(config.CAPSTAN_POLICY, config.CAPSTAN_CLUSTERS, log);
  const slack = connectSlack({
    token: config.SLACK_BOT_TOKEN,
    apiUrl: config.SLACK_API_URL,
    transport: transportOf(config),
    store,
    policyOf: cluster => policy.of(cluster)?.policy ?? NOBODY,
    clock: Date,
    firstSeen: key => store.firstSeen(key, REMEMBER_SECONDS),
    onError,
    onWarning: sentence => log.warn(sentence),
  });
  const outbox = await startOutbox({
    redisUrl: config.REDIS_URL,
    outage,
    deliver: notice => slack.deliver(notice),
    onError,
    lockSeconds: config.CAPSTAN_LOCK_SECONDS,
  });
  const listening = await slack.listen(
    createBotUseCases({
      clusters: config.CAPSTAN_CLUSTERS,
      policyOf: policy.of,
      signingKey: config.CAPSTAN_SIGNING_KEY,
      store,
      queues,
      directory: slack.directory,
      clock: Date,
      newId,
    }),
  );
  log.info({ clusters: config.CAPSTAN_CLUSTERS, port: listening.port }, 'listening to Slack');
  return {
    name: 'bot',
    async stop() {
      policy.close();
      await listening.stop();
      await outbox.stop();
      await queues.close();
      await store.close();
    },
  };
}

/** Socket Mode where there is a token for it: it needs no address that Slack can reach. */
function transportOf({ SLACK_APP_TOKEN, SLACK_SIGNING_SECRET, PORT }: BotConfig): Transport {
  if (SLACK_APP_TOKEN !== undefined) return { kind: 'socket-mode', appToken: SLACK_APP_TOKEN };
  return { kind: 'http', signingSecret: SLACK_SIGNING_SECRET ?? '', port: PORT };
}
