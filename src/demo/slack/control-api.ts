import { z } from 'zod';
import type { SimulatedSlack } from './simulated-slack.ts';

const entered = z.union([z.string(), z.array(z.string())]);
const values = z.record(z.string(), entered).default({});
const place = { user: z.string(), channel: z.string().default('#platform') };

/** A deed that another process, or the page, may have done: `POST /sim/<name>` with a JSON body. */
type Deed = (slack: SimulatedSlack, body: unknown) => Promise<unknown>;

function deed<T>(shape: z.ZodType<T>, act: (slack: SimulatedSlack, args: T) => unknown): Deed {
  return async (slack, body) => act(slack, shape.parse(body));
}

const how = (args: { block_id?: string | undefined; value?: string | string[] | undefined }) => ({
  ...(args.block_id === undefined ? {} : { blockId: args.block_id }),
  ...(args.value === undefined ? {} : { entered: args.value }),
});

export const DEEDS: Readonly<Record<string, Deed>> = {
  command: deed(z.object({ ...place, text: z.string() }), (slack, { user, channel, text }) =>
    slack.command(user, channel, text),
  ),

  say: deed(
    z.object({ ...place, text: z.string().min(1), thread_ts: z.string().optional() }),
    (slack, { user, channel, text, thread_ts }) => slack.say(user, channel, text, thread_ts),
  ),

  click: deed(
    z.object({
      ...place,
      ts: z.string(),
      action_id: z.string(),
      block_id: z.string().optional(),
      value: entered.optional(),
    }),
    (slack, args) => slack.click(args.user, args, args.action_id, how(args)),
  ),

  'click-in-modal': deed(
    z.object({
      user: z.string(),
      action_id: z.string(),
      block_id: z.string().optional(),
      value: entered.optional(),
      values,
    }),
    (slack, args) => slack.clickInModal(args.user, args.action_id, { ...how(args), values: args.values }),
  ),

  submit: deed(z.object({ user: z.string(), view: z.string().optional(), values }), (slack, args) =>
    slack.submit(args.user, args.view === undefined ? undefined : { id: args.view }, args.values),
  ),

  close: deed(z.object({ user: z.string() }), async (slack, { user }) => {
    await slack.closeModal(user);
    return { kind: 'closed' };
  }),

  faults: deed(
    z.object({
      down: z.boolean().optional(),
      duplicate_deliveries: z.boolean().optional(),
      rate_limit: z
        .object({ retry_after: z.number().int().positive(), times: z.number().int().positive().default(1) })
        .optional(),
      server_errors: z.number().int().positive().optional(),
    }),
    ({ faults }, args) => {
      if (args.down !== undefined) faults.down = args.down;
      if (args.duplicate_deliveries !== undefined) faults.duplicateDeliveries = args.duplicate_deliveries;
      if (args.rate_limit !== undefined) {
        faults.rateLimit({ retryAfterSeconds: args.rate_limit.retry_after, times: args.rate_limit.times });
      }
      if (args.server_errors !== undefined) faults.serverError({ times: args.server_errors });
      return { kind: 'done' };
    },
  ),
};
