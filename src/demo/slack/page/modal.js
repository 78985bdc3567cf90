import { blockNodes, selectNode } from './blocks.js';
import { el, post } from './dom.js';
import { plain } from './mrkdwn.js';

/** Keeps the dialog equal to the view that Slack shows this person; what was typed survives as long as the view does. */
export function showModal(dialog, view, { user, names, report }) {
  if (view === undefined) {
    if (dialog.open) dialog.close();
    dialog.dataset.version = '';
    return;
  }
  const version = `${user} ${view.id} ${view.hash}`;
  if (dialog.dataset.version === version) return;
  dialog.dataset.version = version;
  dialog.replaceChildren(form(view, { user, names, report }));
  if (!dialog.open) dialog.showModal();
  dialog.oncancel = event => {
    event.preventDefault();
    close(user, report);
  };
}

const close = (user, report) => post('close', { user }).catch(report);

function form(view, { user, names, report }) {
  const { content } = view;
  const problem = el('p', { class: 'problem', role: 'alert' });
  const act = (element, block, value) =>
    post('click-in-modal', { user, action_id: element.action_id, block_id: block.block_id, value }).catch(report);
  const submit = async event => {
    event.preventDefault();
    const target = event.currentTarget;
    for (const old of target.querySelectorAll('.field-problem')) old.textContent = '';
    const button = target.querySelector('button[type=submit]');
    button.disabled = true;
    try {
      const answer = await post('submit', { user, view: view.id, values: valuesOf(target) });
      if (answer.kind === 'errors') showErrors(target, answer.errors);
      if (answer.kind === 'failed')
        problem.textContent = `We had some trouble connecting. Try again? (${answer.error})`;
    } catch (error) {
      problem.textContent = error.message;
    }
    button.disabled = false;
  };
  return el(
    'form',
    { onsubmit: submit, class: 'modal' },
    el('header', {}, el('h2', {}, plain(content.title.text))),
    el('div', { class: 'modal-body' }, blockNodes(content.blocks, { names, act, field }), problem),
    el(
      'footer',
      {},
      el('button', { type: 'button', onclick: () => close(user, report) }, plain(content.close?.text ?? 'Cancel')),
      content.submit ? el('button', { type: 'submit', class: 'primary' }, plain(content.submit.text)) : undefined,
    ),
  );
}

function field(block) {
  const { element } = block;
  const optional = block.optional ? el('span', { class: 'optional' }, ' (optional)') : undefined;
  return el(
    'label',
    { class: 'field', 'data-block': block.block_id },
    el('span', { class: 'label' }, plain(block.label.text), optional),
    control(element),
    block.hint ? el('span', { class: 'hint' }, plain(block.hint.text)) : undefined,
    el('span', { class: 'field-problem', role: 'alert' }),
  );
}

function control(element) {
  const common = {
    placeholder: element.placeholder?.text,
    maxlength: element.max_length,
    minlength: element.min_length,
  };
  switch (element.type) {
    case 'static_select':
      return selectNode(element);
    case 'checkboxes':
    case 'multi_static_select':
    case 'radio_buttons': {
      const type = element.type === 'radio_buttons' ? 'radio' : 'checkbox';
      const chosen = [element.initial_option, ...(element.initial_options ?? [])].map(option => option?.value);
      return el(
        'span',
        { class: 'choices' },
        element.options.map(option =>
          el(
            'label',
            {},
            el('input', { type, name: element.action_id, value: option.value, checked: chosen.includes(option.value) }),
            plain(option.text.text),
          ),
        ),
      );
    }
    case 'plain_text_input':
      return element.multiline
        ? el('textarea', { ...common, rows: 4 }, element.initial_value ?? '')
        : el('input', { ...common, value: element.initial_value });
    case 'datepicker':
      return el('input', { type: 'date', value: element.initial_date });
    case 'timepicker':
      return el('input', { type: 'time', value: element.initial_time });
    default:
      return el('input', { ...common, value: element.initial_value });
  }
}

function valuesOf(target) {
  const values = {};
  for (const label of target.querySelectorAll('[data-block]')) {
    const choices = [...label.querySelectorAll('input[type=checkbox], input[type=radio]')];
    if (choices.length > 0) {
      values[label.dataset.block] = choices.filter(choice => choice.checked).map(choice => choice.value);
    } else {
      const { value } = label.querySelector('input, textarea, select');
      if (value !== '') values[label.dataset.block] = value;
    }
  }
  return values;
}

function showErrors(target, errors) {
  for (const [block, message] of Object.entries(errors)) {
    const label = [...target.querySelectorAll('[data-block]')].find(candidate => candidate.dataset.block === block);
    if (label) label.querySelector('.field-problem').textContent = message;
  }
}
