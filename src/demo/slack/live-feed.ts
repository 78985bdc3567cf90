import type { ServerResponse } from 'node:http';
import type { SimulatedSlack } from './simulated-slack.ts';
import type { OpenView } from './views.ts';
import type { Entry } from './workspace.ts';

/** Changes that come faster than this are told together. */
const COALESCE_MS = 50;

/** One message of the feed: what changed since the last one. */
interface Update {
  /** Entries that are new or were edited. */
  readonly changed: readonly Entry[];
  /** `ts` of every entry that stands now, in order; what is missing was deleted. */
  readonly order: readonly string[];
  /** By user id. */
  readonly modals: Readonly<Record<string, OpenView>>;
  /** Whether an app listens: connected over Socket Mode, or named by its address. */
  readonly connected: boolean;
}

/** Who and what is in the workspace: the first message of every feed. */
function workspaceJson({ workspace, approvers }: SimulatedSlack): object {
  return {
    people: workspace.people,
    groups: workspace.groups,
    approvers: approvers.users,
    channels: workspace.channels.filter(({ archived, botIsMember }) => !archived && botIsMember),
  };
}

/**
 * Server-sent events: `workspace` once, then `update` at every change. With `userKey` only what that person sees,
 * without it everything. Ends with the connection.
 */
export function streamTo(response: ServerResponse, slack: SimulatedSlack, userKey: string | undefined): void {
  const { workspace } = slack;
  const user = userKey === undefined ? undefined : workspace.findPerson(userKey)?.id;
  const told = new Map<string, Entry>();
  let timer: NodeJS.Timeout | undefined;
  const send = (event: string, data: object): void => {
    response.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const tell = (): void => {
    timer = undefined;
    send('update', updateFor(slack, user, told));
  };
  const onChange = (): void => {
    timer ??= setTimeout(tell, COALESCE_MS);
  };
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  send('workspace', workspaceJson(slack));
  tell();
  workspace.on('change', onChange);
  response.on('close', () => {
    clearTimeout(timer);
    workspace.off('change', onChange);
  });
}

function updateFor(slack: SimulatedSlack, user: string | undefined, told: Map<string, Entry>): Update {
  const visible = slack.workspace.entries.filter(
    entry => user === undefined || entry.kind === 'deed' || entry.onlyFor === undefined || entry.onlyFor === user,
  );
  // Entries are never changed in place, so another object is a newer version.
  const changed = visible.filter(entry => told.get(entry.ts) !== entry);
  for (const entry of changed) told.set(entry.ts, entry);
  const modals = slack.workspace.people.flatMap(({ id }) => {
    const view = user === undefined || user === id ? slack.views.top(id) : undefined;
    return view === undefined ? [] : [[id, view] as const];
  });
  return {
    changed,
    order: visible.map(({ ts }) => ts),
    modals: Object.fromEntries(modals),
    connected: slack.target !== undefined || slack.socketMode.connections > 0,
  };
}
