import { botConfig, workerConfig } from '../../../src/runtime/config.ts';

const BOT = {
  REDIS_URL: 'redis://localhost:6379',
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  CAPSTAN_APPROVERS: 'U012AB, S99XYZ',
  CAPSTAN_CLUSTERS: 'prod,staging',
  CAPSTAN_SIGNING_KEY: 'key',
};
const WORKER = {
  REDIS_URL: 'redis://localhost:6379',
  CAPSTAN_APPROVERS: 'U012AB',
  CAPSTAN_CLUSTER: 'prod',
  CAPSTAN_VERIFY_KEY: 'key',
  CAPSTAN_JOB_IMAGE: 'busybox:1.37',
};

function faults(parsed: ReturnType<typeof botConfig> | ReturnType<typeof workerConfig>): readonly string[] {
  return parsed.kind === 'faults' ? parsed.faults : [];
}

describe('configuration', () => {
  it('reads a complete environment and fills in the defaults', () => {
    expect(botConfig(BOT)).toMatchObject({
      kind: 'ok',
      config: {
        CAPSTAN_APPROVERS: ['U012AB', 'S99XYZ'],
        CAPSTAN_APPROVALS_NEEDED: 1,
        CAPSTAN_SELF_APPROVAL: false,
        CAPSTAN_CLUSTERS: ['prod', 'staging'],
        SLACK_API_URL: 'https://slack.com/api/',
        LOG_LEVEL: 'info',
      },
    });
    expect(workerConfig(WORKER)).toMatchObject({
      kind: 'ok',
      config: { CAPSTAN_JOB_NAMESPACE: 'capstan-system', CAPSTAN_IGNORE_PREFLIGHT: [], CAPSTAN_READY_SECONDS: 10 },
    });
  });

  it('names every missing setting of the bot at once', () => {
    const names = faults(botConfig({})).map(fault => fault.split(' ')[0]);
    expect(names).toEqual(expect.arrayContaining(Object.keys(BOT)));
  });

  it('names every missing setting of the worker at once', () => {
    const names = faults(workerConfig({})).map(fault => fault.split(' ')[0]);
    expect(names).toEqual(expect.arrayContaining(Object.keys(WORKER)));
  });

  it('asks for a way to receive requests when neither Socket Mode nor HTTP is configured', () => {
    const { SLACK_APP_TOKEN: _, ...rest } = BOT;
    expect(faults(botConfig(rest))).toEqual([expect.stringContaining('SLACK_SIGNING_SECRET')]);
    expect(botConfig({ ...rest, SLACK_SIGNING_SECRET: 'shh' }).kind).toBe('ok');
  });

  it.each([
    ['CAPSTAN_APPROVERS', '', 'is not set'],
    ['CAPSTAN_APPROVERS', ' , ', 'cannot be used'],
    ['CAPSTAN_APPROVERS', '@bob', 'cannot be used'],
    ['CAPSTAN_APPROVALS_NEEDED', '0', 'cannot be used'],
    ['CAPSTAN_SELF_APPROVAL', 'yes', 'cannot be used'],
    ['CAPSTAN_CLUSTERS', 'Prod', 'cannot be used'],
    ['REDIS_URL', 'localhost:6379', 'cannot be used'],
    ['SLACK_BOT_TOKEN', 'xoxp-1', 'cannot be used'],
    ['LOG_LEVEL', 'loud', 'cannot be used'],
  ])('refuses %s=%j and says what to write', (name, value, what) => {
    expect(faults(botConfig({ ...BOT, [name]: value }))).toEqual([
      expect.stringMatching(new RegExp(`^${name} ${what}: write `)),
    ]);
  });

  it('never repeats a secret in a fault', () => {
    expect(faults(botConfig({ ...BOT, SLACK_BOT_TOKEN: 'hunter2' })).join()).not.toContain('hunter2');
  });
});
