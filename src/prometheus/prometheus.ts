import { readFile } from 'node:fs/promises';
import { types } from 'node:util';
import { z } from 'zod';
import type { MetricQueries, QueryAnswer } from '../app/gates/prometheus.ts';
import { parsedJson } from '../app/schema/json.ts';
import type { PrometheusPolicy } from '../policy/policy.ts';

const PATIENCE_MS = 10_000;

/** prometheus.io: HTTP API, "Instant queries" and "Expression query result formats". */
const labels = z.record(z.string(), z.string());
const value = z.tuple([z.number(), z.string()]);
const answer = z.discriminatedUnion('status', [
  z.object({
    status: z.literal('success'),
    // Of a store that did not answer, such as one that Thanos asks, or of samples that the query had to leave out.
    warnings: z.array(z.string()).default([]),
    data: z.discriminatedUnion('resultType', [
      z.object({
        resultType: z.literal('vector'),
        result: z.array(z.object({ metric: labels, value: value.optional() })),
      }),
      z.object({ resultType: z.literal('matrix'), result: z.array(z.object({ metric: labels })) }),
      z.object({ resultType: z.enum(['scalar', 'string']), result: value }),
    ]),
  }),
  z.object({ status: z.literal('error'), error: z.string() }),
]);
type Result = Extract<z.infer<typeof answer>, { status: 'success' }>['data'];

/** Asks one Prometheus, or what speaks like it. The token is read anew each time, since such files are rotated. */
export function connectPrometheus({ url, tokenFile }: Pick<PrometheusPolicy, 'url' | 'tokenFile'>): MetricQueries {
  return {
    async ask(query, signal) {
      const patience = AbortSignal.timeout(PATIENCE_MS);
      try {
        return await ask({ url, tokenFile }, query, AbortSignal.any([signal, patience]));
      } catch (error) {
        signal.throwIfAborted();
        return {
          kind: 'failed',
          why: patience.aborted ? `no answer within ${PATIENCE_MS / 1_000} s` : reasonOf(error),
        };
      }
    },
  };
}

async function ask(
  { url, tokenFile }: Pick<PrometheusPolicy, 'url' | 'tokenFile'>,
  query: string,
  signal: AbortSignal,
): Promise<QueryAnswer> {
  const token = tokenFile === undefined ? undefined : (await readFile(tokenFile, 'utf8')).trim();
  const address = `${url.replace(/\/$/, '')}/api/v1/query?${new URLSearchParams({ query })}`;
  const headers = { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) };
  // A redirect could take the token elsewhere.
  const response = await fetch(address, { headers, signal, redirect: 'error' });
  const read = answer.safeParse(parsedJson(await response.text()));
  if (!read.success) return { kind: 'failed', why: `it answers ${response.status}, and not as Prometheus does` };
  if (read.data.status === 'error') return { kind: 'failed', why: read.data.error };
  if (!response.ok) return { kind: 'failed', why: `it answers ${response.status}` };
  const samples = samplesOf(read.data.data);
  const [missing] = samples.length > 0 ? [] : read.data.warnings;
  if (missing !== undefined) return { kind: 'failed', why: `its answer is not the whole one: ${missing}` };
  return { kind: 'samples', samples };
}

function samplesOf(data: Result): string[] {
  switch (data.resultType) {
    case 'vector':
      return data.result.map(({ metric, value: [, number] = [0, ''] }) => `${notation(metric)} ${number}`.trim());
    case 'matrix':
      return data.result.map(({ metric }) => notation(metric));
    case 'scalar':
    case 'string':
      return [data.result[1]];
  }
}

/** `up{job="api"}` */
function notation({ __name__: name = '', ...metric }: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(metric).map(([label, text]) => `${label}=${JSON.stringify(text)}`);
  return `${name}{${pairs.join(', ')}}`;
}

/** What fetch throws only says that it failed; why stands in its cause. */
function reasonOf(error: unknown): string {
  if (!types.isNativeError(error)) return String(error);
  return types.isNativeError(error.cause) ? reasonOf(error.cause) : error.message || error.name;
}
