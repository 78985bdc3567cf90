import { parseArgs } from 'node:util';
import { servePage } from './page-server.ts';
import { startSimulatedSlack } from './simulated-slack.ts';

const USAGE = `npm run slack -- [options]       a Slack workspace on this machine, for one bot and as many people as you like to be

  --port N       where it listens (default 8020; 0 takes a free one)
  --bot URL      where the bot listens in HTTP mode, such as http://127.0.0.1:3000/slack/events
                 (without it the bot is to connect over Socket Mode)
`;

const { values } = parseArgs({
  options: { port: { type: 'string', default: '8020' }, bot: { type: 'string' }, help: { type: 'boolean' } },
});

if (values.help === true) {
  console.log(USAGE);
} else {
  const port = Number(values.port);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Error(`--port ${values.port} is no port. Write a number between 0 and 65535.`);
  }
  const slack = await startSimulatedSlack({ port, target: values.bot === undefined ? undefined : { url: values.bot } });
  servePage(slack);
  const mode =
    values.bot === undefined ? `SLACK_APP_TOKEN=${slack.appToken}` : `SLACK_SIGNING_SECRET=${slack.signingSecret}`;
  console.log(`# A simulated Slack is at ${slack.origin}/ . A bot finds it with:
SLACK_API_URL=${slack.apiUrl}
SLACK_BOT_TOKEN=${slack.botToken}
${mode}
# Approvers for the policy file: alice, bob and carol, as a group; any of them by id, such as ${slack.users.bob.id}:
#   approvers: [${slack.approvers.id}]
# Ctrl-C ends it.`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void slack.stop());
}
