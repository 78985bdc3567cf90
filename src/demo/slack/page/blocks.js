import { el } from './dom.js';
import { mrkdwn, plain } from './mrkdwn.js';

/** A text object as nodes. */
export const textNodes = (text, names) => (text.type === 'mrkdwn' ? mrkdwn(text.text, names) : [plain(text.text)]);

/**
 * Blocks as nodes. `act(element, block, value)` is called when a button is clicked or an option is chosen; `field(block)`
 * makes the node of an input block.
 */
export function blockNodes(blocks, { names, act, field }) {
  return blocks.map(block => blockNode(block, { names, act, field }));
}

function blockNode(block, context) {
  const { names } = context;
  switch (block.type) {
    case 'header':
      return el('h3', { class: 'block-header' }, plain(block.text.text));
    case 'divider':
      return el('hr');
    case 'section':
      return el(
        'div',
        { class: 'section' },
        el(
          'div',
          { class: 'section-text' },
          block.text ? el('div', { class: 'text' }, textNodes(block.text, names)) : undefined,
          block.fields
            ? el(
                'div',
                { class: 'fields' },
                block.fields.map(f => el('div', { class: 'text' }, textNodes(f, names))),
              )
            : undefined,
        ),
        block.accessory ? elementNode(block.accessory, block, context) : undefined,
      );
    case 'context':
      return el(
        'div',
        { class: 'context' },
        block.elements.map(e => (e.type === 'image' ? e.alt_text : el('span', { class: 'text' }, textNodes(e, names)))),
      );
    case 'actions':
      return el(
        'div',
        { class: 'actions' },
        block.elements.map(element => elementNode(element, block, context)),
      );
    case 'input':
      return context.field ? context.field(block) : el('div', {}, plain(block.label.text));
    case 'table':
      return el(
        'table',
        {},
        block.rows.map(row =>
          el(
            'tr',
            {},
            row.map(cell => el('td', {}, cellText(cell))),
          ),
        ),
      );
    case 'markdown':
      return el('div', { class: 'text' }, block.text);
    case 'rich_text':
      return el('div', { class: 'text' }, cellText(block));
    default:
      return el('div', { class: 'context' }, `[${block.type}]`);
  }
}

function cellText(cell) {
  if (Array.isArray(cell)) return cell.map(cellText).join('');
  if (typeof cell.text === 'string') return cell.text;
  return cell.elements ? cellText(cell.elements) : String(cell.value ?? '');
}

function elementNode(element, block, { act, names }) {
  if (element.type === 'button') {
    const click = async event => {
      if (element.confirm && !window.confirm(`${element.confirm.title.text}\n\n${element.confirm.text.text}`)) return;
      const button = event.currentTarget;
      button.disabled = true;
      await act(element, block);
      button.disabled = false;
    };
    return el('button', { type: 'button', class: element.style, onclick: click }, plain(element.text.text));
  }
  if (element.options && /select|overflow|radio/.test(element.type)) {
    return selectNode(element, event => act(element, block, event.currentTarget.value));
  }
  return el(
    'span',
    { class: 'context' },
    `[${element.type}${element.alt_text ? `: ${element.alt_text}` : ''}]`,
    names ? '' : '',
  );
}

/** A list to choose one option from. */
export function selectNode(element, onchange) {
  const options = element.options ?? element.option_groups.flatMap(group => group.options);
  return el(
    'select',
    { onchange, 'aria-label': element.placeholder?.text ?? element.action_id },
    el('option', { value: '' }, element.placeholder?.text ?? 'Choose…'),
    options.map(option =>
      el(
        'option',
        { value: option.value, selected: option.value === element.initial_option?.value },
        plain(option.text.text),
      ),
    ),
  );
}
