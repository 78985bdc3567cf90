import { readFileSync } from 'node:fs';
import { type Document, isMap, isScalar, isSeq, LineCounter, type ParsedNode, parseDocument, visit } from 'yaml';
import type { z } from 'zod';
import { nearest } from '../command/nearest.ts';
import { durationWords } from '../policy/notation.ts';
import type { ClusterPolicy } from '../policy/policy.ts';
import { type PolicySettings, policyOf } from '../policy/settings.ts';
import { policyFile } from './policy-schema.ts';

export type PolicyReading =
  | { readonly kind: 'ok'; readonly clusters: ReadonlyMap<string, ClusterPolicy> }
  /** Each names file, line and key, and says what to write. */
  | { readonly kind: 'faults'; readonly faults: readonly string[] };

/** Reads the policy file; `needed` are the clusters that this process cannot do without. */
export function readPolicyFile(path: string, needed: readonly string[]): PolicyReading {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { kind: 'faults', faults: [`${path}: the policy file cannot be read: ${why}.`] };
  }
  return readPolicy(path, text, needed);
}

/** All faults are found in one go: of the YAML, or else of its shape, or else of what it adds up to. */
export function readPolicy(name: string, text: string, needed: readonly string[]): PolicyReading {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const lineAt = (offset: number) => lines.linePos(offset).line;
  const broken = [
    ...document.errors.map(({ pos, message }) => ({ offset: pos[0], message })),
    ...danglingAliases(document),
  ];
  if (broken.length > 0) {
    const sentences = broken.map(({ offset, message }) => `${name}:${lineAt(offset)}: not YAML: ${message}.`);
    return { kind: 'faults', faults: sentences };
  }
  const fault: Fault = (path, what) => {
    const line = lineAt(offsetOf(document, path));
    return {
      line,
      sentence: `${name}:${line}: ${path.length > 0 ? `${spell(path)}: ` : ''}${what}${what.endsWith('?') ? '' : '.'}`,
    };
  };
  const value = plainValue(document);
  if (value instanceof ReferenceError) return { kind: 'faults', faults: [`${name}: not YAML: ${value.message}.`] };
  const result = policyFile.safeParse(value);
  if (!result.success) return faulty(result.error.issues.flatMap(issue => faultsOf(issue, fault)));
  return resolve(result.data, needed, fault);
}

/** The parser takes them for good until their value is asked for. */
function danglingAliases(document: Document.Parsed): { readonly offset: number; readonly message: string }[] {
  const dangling: { offset: number; message: string }[] = [];
  visit(document, {
    Alias(_key, alias) {
      if (alias.resolve(document)) return;
      dangling.push({
        offset: alias.range?.[0] ?? 0,
        message: `no anchor &${alias.source} stands before *${alias.source}`,
      });
    },
  });
  return dangling;
}

/** Aliases of aliases can make far more of a text than it holds: the parser refuses to, by throwing. */
function plainValue(document: Document.Parsed): unknown {
  try {
    return document.toJS();
  } catch (error) {
    if (error instanceof ReferenceError) return error;
    throw error;
  }
}

type Path = readonly PropertyKey[];
type Fault = (path: Path, what: string) => Found;
interface Found {
  readonly line: number;
  readonly sentence: string;
}

interface Blocks {
  readonly defaults?: PolicySettings | undefined;
  readonly clusters: Readonly<Record<string, PolicySettings>>;
}

function resolve({ defaults = {}, clusters }: Blocks, needed: readonly string[], fault: Fault): PolicyReading {
  const policies = new Map<string, ClusterPolicy>();
  const faults: Found[] = [];
  for (const [name, own] of Object.entries(clusters)) {
    const policy = policyOf(defaults, own);
    const at = ['clusters', name];
    if (!policy) {
      faults.push(fault(at, 'write who may approve as approvers, here or under defaults: without any nobody could'));
      continue;
    }
    if (canNeverBeApproved(policy)) {
      const where = own.approvalsNeeded === undefined && own.approvers === undefined ? ['defaults'] : at;
      const { approvers, approvalsNeeded } = policy;
      const few = `${approvalsNeeded} approvals are needed, and only ${approvers.length} can be given`;
      faults.push(fault(where, `${few}: write more approvers, or fewer approvalsNeeded`));
    }
    const late = whyNeverReady(policy);
    if (late) faults.push(fault(own.ready ? [...at, 'ready'] : ['defaults', 'ready'], late));
    policies.set(name, policy);
  }
  // A cluster that is not named is not served by the defaults: they may let in more people than were meant.
  const missing = needed.filter(name => !Object.hasOwn(clusters, name));
  faults.push(...missing.map(name => fault(['clusters'], absent(name, Object.keys(clusters)))));
  return faults.length > 0 ? faulty(faults) : { kind: 'ok', clusters: policies };
}

function absent(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  const meant = guess === undefined ? `known: ${known.join(', ')}` : `did you mean it by ${guess}?`;
  return `write cluster ${name} too, which is served here, be it as "${name}: {}" for the defaults alone; ${meant}`;
}

/** Members of a group cannot be counted here. */
function canNeverBeApproved({ approvers, approvalsNeeded }: ClusterPolicy): boolean {
  return approvers.every(id => !id.startsWith('S')) && approvers.length < approvalsNeeded;
}

/** Every run would halt at its first node. */
function whyNeverReady({
  ready: { stableSeconds: stable, timeoutSeconds: timeout },
}: ClusterPolicy): string | undefined {
  if (stable < timeout) return undefined;
  const late = `a node must stay Ready for ${durationWords(stable)}, and only ${durationWords(timeout)} are left for that`;
  return `${late}: write a stable that is shorter than timeout`;
}

function faultsOf(issue: z.core.$ZodIssue, fault: Fault): Found[] {
  switch (issue.code) {
    case 'unrecognized_keys': {
      const lines = issue.message.split('\n');
      return issue.keys.map((key, index) => fault([...issue.path, key], lines[index] ?? issue.message));
    }
    case 'invalid_key':
      return issue.issues.map(({ message }) => fault(issue.path, message));
    default:
      return [fault(issue.path, issue.message)];
  }
}

/** Where the value of this path stands in the text, or the nearest block that does. */
function offsetOf({ contents }: Document.Parsed, path: Path): number {
  let node = contents;
  let offset = contents?.range[0] ?? 0;
  for (const part of path) {
    const found = childOf(node, String(part));
    if (!found) return offset;
    offset = found.offset;
    node = found.value;
  }
  return offset;
}

function childOf(node: ParsedNode | null, key: string): { offset: number; value: ParsedNode | null } | undefined {
  if (isMap(node)) {
    const pair = node.items.find(item => isScalar(item.key) && String(item.key.value) === key);
    return pair && { offset: pair.key.range[0], value: pair.value };
  }
  const item = isSeq(node) ? node.items[Number(key)] : undefined;
  return item && { offset: item.range[0], value: item };
}

/** `clusters.prod.windows[0].from` */
function spell(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}

function faulty(found: readonly Found[]): PolicyReading {
  const inOrder = [...found].sort((a, b) => a.line - b.line);
  return { kind: 'faults', faults: [...new Set(inOrder.map(({ sentence }) => sentence))] };
}
