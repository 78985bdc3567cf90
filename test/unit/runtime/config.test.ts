import { newKeyPair } from '../../../src/approval/signing.ts';
import { botConfig, workerConfig } from '../../../src/runtime/config.ts';

const { privateKey, publicKey } = newKeyPair();
const BOT = {
  REDIS_URL: 'redis://localhost:6379',
  SLACK_BOT_TOKEN: 'xoxb-1',
  SLACK_APP_TOKEN: 'xapp-1',
  CAPSTAN_POLICY: '/etc/capstan/policy.yaml',
  CAPSTAN_CLUSTERS: 'prod,staging',
  CAPSTAN_SIGNING_KEY: privateKey,
};
const WORKER = {
  REDIS_URL: 'redis://localhost:6379',
  CAPSTAN_POLICY: '/etc/capstan/policy.yaml',
  CAPSTAN_CLUSTER: 'prod',
  CAPSTAN_VERIFY_KEY: publicKey,
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
        CAPSTAN_CLUSTERS: ['prod', 'staging'],
        SLACK_API_URL: 'https://slack.com/api/',
        LOG_LEVEL: 'info',
      },
    });
    expect(workerConfig(WORKER)).toMatchObject({
      kind: 'ok',
      config: { CAPSTAN_JOB_NAMESPACE: 'capstan-system', CAPSTAN_LOCK_SECONDS: 15 },
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
    ['CAPSTAN_POLICY', ' ', 'is not set'],
    ['CAPSTAN_CLUSTERS', '', 'is not set'],
    ['CAPSTAN_CLUSTERS', ' , ', 'cannot be used'],
    ['CAPSTAN_CLUSTERS', 'Prod', 'cannot be used'],
    ['CAPSTAN_LOCK_SECONDS', '1', 'cannot be used'],
    ['CAPSTAN_SIGNING_KEY', 'key', 'cannot be used'],
    ['CAPSTAN_SIGNING_KEY', publicKey, 'cannot be used'],
    ['REDIS_URL', 'localhost:6379', 'cannot be used'],
    ['REDIS_URL', 'redis://', 'cannot be used'],
    ['REDIS_URL', 'redis://:a/b@redis:6379', 'cannot be used'],
    ['REDIS_URL', 'redis://:a#b@redis:6379', 'cannot be used'],
    ['REDIS_URL', 'redis://:a%b@redis:6379', 'cannot be used'],
    ['SLACK_BOT_TOKEN', 'xoxp-1', 'cannot be used'],
    ['LOG_LEVEL', 'loud', 'cannot be used'],
    ['PORT', '65536', 'cannot be used'],
  ])('refuses %s=%j and says what to write', (name, value, what) => {
    expect(faults(botConfig({ ...BOT, [name]: value }))).toEqual([
      expect.stringMatching(new RegExp(`^${name} ${what}: write `)),
    ]);
  });

  it.each([
    ['CAPSTAN_APPROVERS', 'approvers'],
    ['CAPSTAN_APPROVALS_NEEDED', 'approvalsNeeded'],
    ['CAPSTAN_SELF_APPROVAL', 'selfApproval'],
    ['CAPSTAN_IGNORE_PREFLIGHT', 'driver.ignorePreflightErrors'],
    ['CAPSTAN_DRAIN_TIMEOUT', 'drain.timeout'],
    ['CAPSTAN_UPGRADE_TIMEOUT', 'driver.timeout'],
    ['CAPSTAN_READY_TIMEOUT', 'ready.timeout'],
    ['CAPSTAN_READY_SECONDS', 'ready.stable'],
  ])('says that %s has become %s of the policy file, beside every other fault', (name, key) => {
    const moved = expect.stringMatching(new RegExp(`^${name} is read no more: write ${key.replace('.', '\\.')} into `));
    expect(faults(botConfig({ ...BOT, [name]: '1' }))).toEqual([moved]);
    expect(faults(workerConfig({ ...WORKER, REDIS_URL: '', [name]: '1' }))).toEqual([expect.any(String), moved]);
    expect(botConfig({ ...BOT, [name]: '' }).kind).toBe('ok');
  });

  it.each(['file://etc/releases.yaml', 'http://[mirror', 'ftp://mirror', 'mirror'])(
    'refuses CAPSTAN_RELEASES_URL=%s before anybody asks there',
    url => {
      expect(faults(workerConfig({ ...WORKER, CAPSTAN_RELEASES_URL: url }))).toEqual([
        expect.stringMatching(/^CAPSTAN_RELEASES_URL cannot be used: write where /),
      ]);
    },
  );

  it('refuses a worker that would hold the key to sign with', () => {
    expect(faults(workerConfig({ ...WORKER, CAPSTAN_VERIFY_KEY: privateKey, REDIS_URL: '' }))).toEqual([
      expect.stringContaining('REDIS_URL'),
      'CAPSTAN_VERIFY_KEY cannot be used: write the public half of the pair; this is the private one.',
    ]);
  });

  it.each(['redis://localhost', 'rediss://user:a%2Fb@redis.example.com:6380/2', 'redis://:a+b=@[::1]:6379'])(
    'takes %s as where Redis listens',
    REDIS_URL => {
      expect(workerConfig({ ...WORKER, REDIS_URL }).kind).toBe('ok');
    },
  );

  it('never repeats a secret in a fault', () => {
    const secret = 'hunter2';
    const names = ['SLACK_BOT_TOKEN', 'SLACK_APP_TOKEN', 'CAPSTAN_SIGNING_KEY', 'REDIS_URL'];
    const told = faults(botConfig({ ...BOT, ...Object.fromEntries(names.map(name => [name, secret])) }));
    expect(told.map(fault => fault.split(' ')[0]).sort()).toEqual(names.sort());
    expect(told.join()).not.toContain(secret);
  });
});
