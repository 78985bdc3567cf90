import { z } from 'zod';
import { capstan } from '../support/capstan.ts';

const PLAN = z.object({
  plan: z.object({
    to: z.string(),
    hops: z.array(
      z.object({
        stages: z.array(
          z.object({
            kind: z.string(),
            passes: z.array(z.object({ phase: z.string(), nodes: z.array(z.object({ name: z.string() })) })),
          }),
        ),
      }),
    ),
  }),
});

/** What `capstan plan` said before the upgrade. */
export interface PlanBefore {
  readonly code: number;
  readonly text: string;
  readonly to: string;
  readonly hops: number;
  /** Stage, phase and nodes, in their order. */
  readonly passes: readonly (readonly [string, string, readonly string[]])[];
}

/** And what it said after. */
export interface PlanAfter {
  readonly code: number;
  readonly text: string;
}

export interface CommandPlans {
  readonly before: PlanBefore;
  readonly after: PlanAfter;
}

export async function planBefore(kubeconfig: string, target: string): Promise<PlanBefore> {
  const { code, text } = await planText(kubeconfig, target);
  const json = await capstan(['plan', target, '-o', 'json'], { KUBECONFIG: kubeconfig });
  const parsed = PLAN.safeParse(json.code === 1 ? undefined : JSON.parse(json.stdout));
  if (!parsed.success) return { code, text, to: 'no version', hops: 0, passes: [] };
  const { to, hops } = parsed.data.plan;
  const stages = hops.flatMap(hop => hop.stages);
  const passes = stages.flatMap(({ kind, passes }) =>
    passes.map(({ phase, nodes }) => [kind, phase, nodes.map(({ name }) => name)] as const),
  );
  return { code, text, to, hops: hops.length, passes };
}

export async function planText(kubeconfig: string, target: string): Promise<PlanAfter> {
  const { code, stdout, stderr } = await capstan(['plan', target], { KUBECONFIG: kubeconfig });
  return { code, text: `${stdout}${stderr}` };
}
