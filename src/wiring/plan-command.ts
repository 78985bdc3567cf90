import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { ClusterRefused, ClusterUnreachable } from '../app/ports.ts';
import { exitCodeOf } from '../cli/exit-code.ts';
import { planJson } from '../cli/plan-json.ts';
import { planText } from '../cli/plan-text.ts';
import { parseTarget } from '../command/target.ts';
import { connectKubernetes } from '../kubernetes/kubernetes.ts';
import { planUpgrade } from '../plan/planning.ts';
import type { PlanRequest } from '../plan/request.ts';
import { BUNDLED_CALENDAR } from '../version/bundled-calendar.ts';

/** A person waits at the terminal: an unreachable cluster is said to be so within 10 s. */
const PATIENCE_MS = 8_000;
const PLAN_LIFETIME_MS = 24 * 60 * 60 * 1000;

interface Surroundings {
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
}

interface PlanOptions {
  readonly request: PlanRequest;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly output: 'text' | 'json';
}

/**
 * `capstan plan`: prints the plan for the cluster of the kubeconfig. Reads only. Returns the exit code: 0 fine or
 * nothing to do, 2 blocked or refused, 1 could not look.
 */
export async function runPlanCommand(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const options = parseOptions(args);
  if ('error' in options) return couldNotLook(options.error);
  try {
    const { kubeconfig = surroundings.kubeconfig, context = surroundings.context } = options;
    const cluster = connectKubernetes({
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(context === undefined ? {} : { context }),
      patienceMs: PATIENCE_MS,
      onWarning: text => console.error(`capstan plan: ${text}`),
    });
    try {
      const result = planUpgrade({
        snapshot: await cluster.reader.snapshot(new AbortController().signal),
        request: options.request,
        calendar: BUNDLED_CALENDAR,
        id: randomUUID(),
        requestedBy: 'cli',
        now: Date.now(),
        ttlMs: PLAN_LIFETIME_MS,
      });
      process.stdout.write(options.output === 'json' ? planJson(result) : planText(result));
      return exitCodeOf(result);
    } finally {
      cluster.close();
    }
  } catch (error) {
    if (error instanceof ClusterUnreachable || error instanceof ClusterRefused) return couldNotLook(error.message);
    throw error;
  }
}

function couldNotLook(sentence: string): 1 {
  console.error(`capstan plan: ${sentence}`);
  return 1;
}

function parseOptions(args: readonly string[]): PlanOptions | { readonly error: string } {
  const parsed = readArguments(args);
  if ('error' in parsed) return parsed;
  const { values, positionals } = parsed;
  const [text = 'next', ...more] = positionals;
  if (more.length > 0) return { error: `"${more[0]}" is one word too many: write one target, such as 1.37.` };
  const target = parseTarget(text);
  if (target.kind === 'error') return { error: target.sentence };
  const { only, output } = values;
  if (only !== undefined && only !== 'control-plane' && only !== 'workers') {
    return { error: `--only takes control-plane or workers, not "${only}".` };
  }
  if (output !== 'text' && output !== 'json') return { error: `--output takes text or json, not "${output}".` };
  return {
    request: { target, strategy: 'rolling', only },
    kubeconfig: values.kubeconfig,
    context: values.context,
    output,
  };
}

function readArguments(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        kubeconfig: { type: 'string' },
        context: { type: 'string' },
        only: { type: 'string' },
        output: { type: 'string', short: 'o', default: 'text' },
      },
    });
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
