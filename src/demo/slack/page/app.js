import { blockNodes } from './blocks.js';
import { el, post } from './dom.js';
import { showModal } from './modal.js';
import { mrkdwn } from './mrkdwn.js';

const SUGGESTIONS = ['/k8s help', '/k8s status', '/k8s nodes', '/k8s upgrade plan'];
const $ = id => document.getElementById(id);

/** Everything that the page shows follows from this. */
const state = {
  people: [],
  groups: [],
  approvers: [],
  channels: [],
  user: localStorage.getItem('user') ?? 'alice',
  channel: undefined,
  thread: undefined,
  threadChosen: false,
  entries: new Map(),
  order: [],
  modals: {},
  connected: false,
  feed: undefined,
};

const names = {
  person: id => state.people.find(person => person.id === id)?.name ?? id,
  group: id => state.groups.find(group => group.id === id)?.handle ?? id,
  channel: id => state.channels.find(channel => channel.id === id)?.name ?? id,
};

const report = error => {
  $('problem').textContent = error.message;
};

// ---- the live feed ---------------------------------------------------------------------------------------------------

function follow() {
  state.feed?.close();
  state.entries.clear();
  state.order = [];
  const feed = new EventSource(`/sim/events?user=${encodeURIComponent(state.user)}`);
  feed.addEventListener('workspace', event => {
    Object.assign(state, JSON.parse(event.data));
    state.channel ??= state.channels[0].id;
    showSidebar();
  });
  feed.addEventListener('update', event => {
    const { changed, ...rest } = JSON.parse(event.data);
    Object.assign(state, rest);
    for (const entry of changed) state.entries.set(entry.ts, entry);
    show();
  });
  feed.addEventListener('error', () => {
    $('connection').textContent = 'The simulation has ended. Start it again, then reload.';
    $('connection').className = 'connection off';
  });
  state.feed = feed;
}

// ---- what is seen ----------------------------------------------------------------------------------------------------

function showSidebar() {
  $('channels').replaceChildren(
    ...state.channels.map(({ id, name, kind }) =>
      choice(`${kind === 'im' ? '@' : '# '}${name}`, id === state.channel, () => {
        state.channel = id;
        state.thread = undefined;
        showSidebar();
        show();
      }),
    ),
  );
  $('people').replaceChildren(
    ...state.people
      .filter(({ kind }) => kind !== 'bot' && kind !== 'deactivated')
      .map(person =>
        choice([avatar(person), person.name, role(person)], person.name === state.user, () => become(person)),
      ),
  );
  const channel = state.channels.find(({ id }) => id === state.channel);
  $('channel-name').textContent = `${channel.kind === 'im' ? '@' : '# '}${channel.name}`;
  $('typed').placeholder = `Message #${channel.name} as ${state.user}`;
}

function choice(content, current, onclick) {
  return el(
    'li',
    {},
    el('button', { type: 'button', class: 'choice', onclick, 'aria-current': current ? 'true' : undefined }, content),
  );
}

function role({ id, kind }) {
  const text = state.approvers.includes(id) ? 'approver' : kind === 'member' ? undefined : kind;
  return text === undefined ? undefined : el('span', { class: 'role' }, text);
}

function become(person) {
  state.user = person.name;
  localStorage.setItem('user', person.name);
  $('problem').textContent = '';
  showSidebar();
  follow();
}

function show() {
  $('connection').textContent = state.connected ? 'The bot is connected' : 'Waiting for the bot to connect…';
  $('connection').className = state.connected ? 'connection on' : 'connection off';
  const entries = state.order.map(ts => state.entries.get(ts)).filter(({ channel }) => channel === state.channel);
  const isReply = ({ threadTs }) => threadTs !== undefined && state.entries.has(threadTs);
  const roots = entries.filter(entry => !isReply(entry));
  const repliesTo = ts => entries.filter(entry => entry.threadTs === ts);
  if (!state.threadChosen) state.thread = roots.findLast(({ ts }) => repliesTo(ts).length > 0)?.ts;
  fill($('messages'), roots.length > 0 ? roots.map(root => entryNode(root, repliesTo(root.ts).length)) : [welcome()]);
  const root = state.entries.get(state.thread);
  $('thread').hidden = root === undefined;
  if (root)
    fill(
      $('replies'),
      [root, ...repliesTo(root.ts)].map(entry => entryNode(entry, 0)),
    );
  const me = state.people.find(({ name }) => name === state.user);
  showModal($('modal'), state.modals[me?.id], { user: state.user, names, report });
}

/** Replaces the list, and stays at its end if that is where the reader was. */
function fill(list, nodes) {
  const atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 80;
  list.replaceChildren(...nodes);
  if (atEnd) list.scrollTop = list.scrollHeight;
}

function welcome() {
  const step = (...text) => el('li', {}, text);
  return el(
    'li',
    { class: 'welcome' },
    el('h3', {}, 'Upgrade a cluster from here'),
    el(
      'ol',
      {},
      step('As ', el('strong', {}, 'alice'), ', send ', el('code', {}, '/k8s upgrade plan'), '.'),
      step('Become ', el('strong', {}, 'bob'), ' on the left: nobody approves their own plan.'),
      step('Click ', el('strong', {}, 'Approve'), ' and watch the nodes go by, one after another.'),
    ),
  );
}

const clock = ts =>
  new Date(Number(ts) * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit' });

function entryNode(entry, replies) {
  if (entry.kind === 'deed') {
    return el('li', { class: 'deed' }, el('time', {}, clock(entry.ts)), ` ${names.person(entry.user)} ${entry.text}`);
  }
  const author = state.people.find(({ id }) => id === entry.author);
  const act = (element, block, value) =>
    post('click', {
      user: state.user,
      channel: entry.channel,
      ts: entry.ts,
      action_id: element.action_id,
      block_id: block.block_id,
      value,
    })
      .then(({ kind, error }) =>
        report({ message: kind === 'failed' ? `The bot did not answer the click (${error}).` : '' }),
      )
      .catch(report);
  return el(
    'li',
    { class: entry.onlyFor ? 'message only-you' : 'message' },
    avatar(author),
    el(
      'div',
      { class: 'body' },
      entry.onlyFor ? el('p', { class: 'only' }, 'Only visible to you') : undefined,
      el(
        'p',
        { class: 'head' },
        el('strong', {}, author.realName),
        author.kind === 'bot' ? el('span', { class: 'app' }, 'APP') : undefined,
        el('time', {}, clock(entry.ts)),
        entry.editedTs ? el('span', { class: 'edited' }, `(edited ${clock(entry.editedTs)})`) : undefined,
      ),
      entry.blocks.length > 0
        ? blockNodes(entry.blocks, { names, act })
        : el('div', { class: 'text' }, mrkdwn(entry.text, names)),
      replies > 0 ? threadLink(entry.ts, replies) : undefined,
    ),
  );
}

function threadLink(ts, replies) {
  const onclick = () => {
    state.thread = ts;
    state.threadChosen = true;
    show();
  };
  return el(
    'button',
    { type: 'button', class: 'thread-link', onclick },
    `${replies} ${replies === 1 ? 'reply' : 'replies'}`,
  );
}

function avatar(person) {
  const hue = [...(person?.name ?? '?')].reduce((sum, letter) => sum + letter.charCodeAt(0) * 47, 0) % 360;
  const node = el('span', { class: person?.kind === 'bot' ? 'avatar bot' : 'avatar', 'aria-hidden': 'true' });
  node.append(person?.kind === 'bot' ? '⚓' : (person?.name ?? '?')[0].toUpperCase());
  node.style.setProperty('--hue', hue);
  return node;
}

// ---- what is done ----------------------------------------------------------------------------------------------------

$('composer').addEventListener('submit', async event => {
  event.preventDefault();
  const text = $('typed').value.trim();
  if (text === '') return;
  $('typed').value = '';
  $('problem').textContent = '';
  await post(text.startsWith('/') ? 'command' : 'say', { user: state.user, channel: state.channel, text }).catch(
    report,
  );
});

$('suggestions').append(
  ...SUGGESTIONS.map(text =>
    el(
      'button',
      {
        type: 'button',
        class: 'suggestion',
        onclick: () => {
          $('typed').value = text;
          $('typed').focus();
        },
      },
      text,
    ),
  ),
);

$('close-thread').addEventListener('click', () => {
  state.thread = undefined;
  state.threadChosen = true;
  show();
});

follow();
