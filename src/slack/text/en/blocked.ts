import type { Blocker, BlockingBudget } from '../../../run/blocker.ts';
import { budgetAdvice, causeClause } from '../../../run/blocker-words.ts';
import type { RunNote } from '../../../run/note.ts';
import { code, escaped, joined, type Mrkdwn, mrkdwn, sentence, since } from '../../mrkdwn.ts';
import { counted } from './words.ts';

/** Each blocker in the status message, on a line of its own. */
export function waitsLine(node: string, blocker: Blocker): Mrkdwn {
  const { cause } = blocker;
  const why = cause.kind === 'budget' ? budgetWords(cause.budget) : escaped(causeClause(cause));
  return mrkdwn`The drain of ${code(node)} waits for ${podWords(blocker)}: ${why}`;
}

export function drainBlockedNote({
  node,
  blockers,
  again,
}: Pick<Extract<RunNote, { readonly kind: 'drain-blocked' }>, 'node' | 'blockers' | 'again'>): Mrkdwn {
  const pods = counted(blockers.length, 'pod');
  return mrkdwn`${code(node)}: the drain ${again ? 'still ' : ''}waits for ${pods}. It goes on by itself as soon as they may leave.`;
}

/** The pods below what keeps them: first those of each budget, then of each webhook or policy, of trouble, then the others. */
export function blockerLines(blockers: readonly Blocker[]): Mrkdwn[] {
  const held = Map.groupBy(blockers, holderOf);
  const of = (kind: Holder) => [...held].flatMap(([holder, pods]) => (holder.startsWith(kind) ? [pods] : []));
  return [
    ...of('budget').flatMap(budgetLines),
    ...of('admission').flatMap(admissionLines),
    ...of('server').flatMap(troubleLines),
    ...of('itself').flat().map(wordedLine),
  ];
}

type Holder = 'budget' | 'admission' | 'server' | 'itself';

/** The same for pods that the same thing keeps. */
function holderOf({ cause }: Blocker): `${Holder} ${string}` {
  switch (cause.kind) {
    case 'budget':
      return `budget ${cause.budget.name}`;
    case 'denied':
      return `admission ${cause.by.kind} ${cause.by.name}`;
    case 'trouble':
      return `server ${causeClause(cause)}`;
    case 'budgets':
    case 'refused':
    case 'stopping':
      return 'itself ';
  }
}

function wordedLine(blocker: Blocker): Mrkdwn {
  return mrkdwn`• ${podWords(blocker)}: ${escaped(causeClause(blocker.cause))}`;
}

function admissionLines(held: readonly Blocker[]): Mrkdwn[] {
  const cause = held[0]?.cause;
  if (cause?.kind !== 'denied') return [];
  const { kind, name } = cause.by;
  const who = kind === 'webhook' ? 'admission webhook' : 'ValidatingAdmissionPolicy';
  return [
    mrkdwn`Denied by ${who} ${code(name)}, which is asked again after growing pauses. Its words say what it waits for.`,
    ...held.map(wordedLine),
  ];
}

function troubleLines(held: readonly Blocker[]): Mrkdwn[] {
  const cause = held[0]?.cause;
  if (cause?.kind !== 'trouble') return [];
  return [
    mrkdwn`Neither granted nor refused: ${escaped(causeClause(cause))}. It is asked again every few seconds. Look at the API server, its etcd, and what stands between it and Capstan.`,
    ...held.map(blocker => mrkdwn`• ${podWords(blocker)}`),
  ];
}

function budgetLines(held: readonly Blocker[]): Mrkdwn[] {
  const cause = held[0]?.cause;
  if (cause?.kind !== 'budget') return [];
  const advice = budgetAdvice(cause.budget, held).map(sentence);
  return [
    joined([mrkdwn`Held by ${budgetWords(cause.budget)}.`, ...advice], ' '),
    ...held.map(blocker => mrkdwn`• ${podWords(blocker)}`),
  ];
}

function budgetWords({ name, rule, healthy, desired, expected, allowed }: BlockingBudget): Mrkdwn {
  const allows = allowed === 0 ? 'no disruption' : counted(allowed, 'disruption');
  return mrkdwn`budget ${code(name)} (${rule}), which needs ${counted(desired, 'healthy pod')}, has ${healthy} of ${expected}, and allows ${allows}`;
}

function podWords({ pod, owner, ready, since: from }: Blocker): Mrkdwn {
  const whose = owner === '' ? mrkdwn`` : mrkdwn` of ${owner}`;
  const state = ready ? mrkdwn`` : mrkdwn`, not healthy`;
  return mrkdwn`pod ${code(pod)}${whose}${state}, since ${since(from)}`;
}
