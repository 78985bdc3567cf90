import { Redis } from 'ioredis';
import type {
  BotUseCases,
  DecisionWish,
  ForceWish,
  OrderWish,
  OutOfServiceWish,
  Where,
} from '../../src/app/bot-use-cases.ts';
import type { Question } from '../../src/app/messages.ts';
import type { PlanRecord, RunRecord } from '../../src/app/ports.ts';
import type { ApprovalPolicy } from '../../src/approval/approval.ts';
import { startEmbeddedRedis } from '../../src/demo/embedded-redis.ts';
import { type SimulatedSlack, startSimulatedSlack } from '../../src/demo/slack/simulated-slack.ts';
import type { Message } from '../../src/demo/slack/workspace.ts';
import { newRun } from '../../src/run/new-run.ts';
import { connectSlack, type Listening, type Slack } from '../../src/slack/bot.ts';
import { type ConnectedStore, connectStore } from '../../src/store/store.ts';
import { exampleBlocker } from '../unit/run/example.ts';
import { PLAN, planRecord } from '../unit/slack/examples.ts';
import { UNHEARD } from './redis.ts';
import { Seen } from './seen.ts';

export type Mode = 'Socket Mode' | 'HTTP';

/** What people made the bot do, in order; what they are answered can be set. */
export class RecordingUseCases implements BotUseCases {
  readonly asked = new Seen<{ readonly question: Question; readonly where: Where }>();
  readonly decided = new Seen<DecisionWish>();
  readonly ordered = new Seen<OrderWish>();
  readonly forced = new Seen<ForceWish>();
  readonly declared = new Seen<OutOfServiceWish>();
  /** The sentence with which everything is refused. */
  refusal: string | undefined;
  /** Thrown in the place of an answer. */
  fault: Error | undefined;
  readonly #store: Pick<ConnectedStore, 'plans' | 'runs'>;

  constructor(store: Pick<ConnectedStore, 'plans' | 'runs'>) {
    this.#store = store;
  }

  async ask(question: Question, where: Where) {
    this.asked.add({ question, where });
    return this.#refused() ?? ({ kind: 'asked', cluster: where.cluster ?? 'prod' } as const);
  }

  async review(planId: string) {
    const record = await this.#store.plans.get(planId);
    if (!record) throw new Error(`there is no plan ${planId}`);
    return this.#refused() ?? ({ kind: 'open', record } as const);
  }

  async decide(wish: DecisionWish) {
    this.decided.add(wish);
    return this.#refused() ?? ({ kind: 'recorded', record: planRecord() } as const);
  }

  async latestRun() {
    const record = await this.#store.runs.get('r1');
    return record
      ? ({ kind: 'run', record } as const)
      : ({ kind: 'refused', sentence: 'No upgrade is known.' } as const);
  }

  async order(wish: OrderWish) {
    this.ordered.add(wish);
    return this.#refused() ?? ({ kind: 'sent', runId: 'r1' } as const);
  }

  async blockers() {
    return this.#refused() ?? ({ kind: 'blocked', node: 'w0', blockers: [exampleBlocker()] } as const);
  }

  async force(wish: ForceWish) {
    this.forced.add(wish);
    return this.#refused() ?? ({ kind: 'sent', runId: 'r1' } as const);
  }

  async silentNode() {
    return this.#refused() ?? ({ kind: 'node', node: 'w0' } as const);
  }

  async takeOutOfService(wish: OutOfServiceWish) {
    this.declared.add(wish);
    return this.#refused() ?? ({ kind: 'sent', runId: 'r1' } as const);
  }

  #refused() {
    if (this.fault) throw this.fault;
    return this.refusal === undefined ? undefined : ({ kind: 'refused', sentence: this.refusal } as const);
  }
}

export interface Scene {
  readonly sim: SimulatedSlack;
  readonly slack: Slack;
  readonly listening: Listening;
  readonly store: ConnectedStore;
  readonly useCases: RecordingUseCases;
  readonly errors: Error[];
  readonly clock: { ms: number };
  stop(): Promise<void>;
}

const POLICY: ApprovalPolicy = { approvers: ['S0APPROVERS'], approvalsNeeded: 1, selfApproval: false };

/** The real bot before the simulated Slack, with its store in Redis. */
export async function setScene(mode: Mode): Promise<Scene> {
  const clock = { ms: Date.now() };
  const redis = await startEmbeddedRedis();
  const errors: Error[] = [];
  const onError = (error: Error) => void errors.push(error);
  const store = connectStore(redis.url, { retries: 1, outage: UNHEARD, onError });
  const seen = new Redis(redis.url);
  const sim = await startSimulatedSlack({ now: () => clock.ms });
  const slack = connectSlack({
    token: sim.botToken,
    apiUrl: sim.apiUrl,
    transport:
      mode === 'HTTP'
        ? { kind: 'http', signingSecret: sim.signingSecret, port: 0, host: '127.0.0.1' }
        : { kind: 'socket-mode', appToken: sim.appToken },
    store,
    policyOf: () => POLICY,
    clock: { now: () => clock.ms },
    firstSeen: async key => (await seen.set(`seen-${key}`, '1', 'PX', 600_000, 'NX')) === 'OK',
    onError,
    onWarning: sentence => void errors.push(new Error(sentence)),
  });
  const useCases = new RecordingUseCases(store);
  const listening = await slack.listen(useCases);
  if (listening.port !== undefined) sim.target = { url: `http://127.0.0.1:${listening.port}/slack/events` };
  return {
    sim,
    slack,
    listening,
    store,
    useCases,
    errors,
    clock,
    stop: async () => {
      await listening.stop();
      await sim.stop();
      seen.disconnect();
      await store.close();
      await redis.stop();
    },
  };
}

export const CHANNEL = 'C0PLATFORM';
const conversation = { channel: CHANNEL, user: 'U0ALICE' };

/** A plan that alice asked for, stored and posted. */
export async function postPlan(
  { store, slack, sim, clock }: Scene,
  change: Partial<PlanRecord> = {},
): Promise<{ readonly record: PlanRecord; readonly message: Message }> {
  const { plan } = planRecord();
  const expiresAt = clock.ms + 3_600_000;
  const record = { ...planRecord(), plan: { ...plan, requestedBy: 'U0ALICE', expiresAt }, conversation, ...change };
  await store.plans.create(plan.id, record);
  expect(await slack.deliver({ kind: 'plan', planId: plan.id })).toEqual({ kind: 'done' });
  const message = sim.messages(record.conversation.channel).at(-1);
  if (!message) throw new Error('the plan was not posted');
  return { record, message };
}

/** A run that is under way, stored but not shown. */
export async function storeRun({ store, clock }: Scene): Promise<RunRecord> {
  const record = { run: newRun(PLAN, { id: 'r1', now: clock.ms }), pending: [], conversation, commands: [] };
  await store.runs.create('r1', record);
  return record;
}

/** What only this person was told, newest last. */
export function toldOnly(sim: SimulatedSlack, user: string, channel: string = CHANNEL): readonly string[] {
  return sim
    .messages(channel)
    .filter(({ onlyFor }) => onlyFor === user)
    .map(({ text, blocks }) => `${text}\n${JSON.stringify(blocks)}`);
}
