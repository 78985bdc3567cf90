import type { KnownBlock } from '@slack/types';
import { type Names, plainText } from './mrkdwn.ts';

interface TextObject {
  readonly type: string;
  readonly text: string;
}

/** Blocks as lines of plain text, the way they would lie on the screen. */
export function blockLines(blocks: readonly KnownBlock[], names: Names): string[] {
  return blocks.flatMap(block => linesOf(block, names));
}

function linesOf(block: KnownBlock, names: Names): string[] {
  switch (block.type) {
    case 'header':
      return [block.text.text, '='.repeat(block.text.text.length)];
    case 'section':
      return [
        ...(block.text === undefined ? [] : textLines(block.text, names)),
        ...fieldLines(block.fields ?? [], names),
        ...(block.accessory === undefined ? [] : [elementText(block.accessory)]),
      ];
    case 'context':
      return [block.elements.map(e => (e.type === 'image' ? e.alt_text : said(e, names))).join(' | ')];
    case 'actions':
      return [block.elements.map(elementText).join(' ')];
    case 'divider':
      return ['-'.repeat(40)];
    case 'markdown':
      return block.text.split('\n');
    case 'input':
      return [`${block.label.text}${block.optional === true ? ' (optional)' : ''}: ${elementText(block.element)}`];
    case 'image':
      return [`[image: ${block.alt_text}]`];
    case 'table':
      return tableLines(block.rows.map(row => row.map(cellText)));
    case 'rich_text':
      return cellText(block).split('\n');
    default:
      return [`[${block.type}]`];
  }
}

const said = (text: TextObject, names: Names): string =>
  text.type === 'plain_text' ? text.text : plainText(text.text, names);

const textLines = (text: TextObject, names: Names): string[] => said(text, names).split('\n');

/** Two columns, as Slack lays fields out; a field that has a title and one line of text becomes "title: text". */
function fieldLines(fields: readonly TextObject[], names: Names): string[] {
  const cells = fields.map(field => {
    const [title = '', ...rest] = textLines(field, names);
    return rest.length === 0 ? title : `${title.replace(/:$/, '')}: ${rest.join(' / ')}`;
  });
  const rows = cells.flatMap((cell, index) => (index % 2 === 0 ? [[cell, cells[index + 1] ?? '']] : []));
  return tableLines(rows);
}

function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  }
  return rows.map(row =>
    row
      .map((cell, index) => cell.padEnd(widths[index] ?? 0))
      .join('   ')
      .trimEnd(),
  );
}

/** All text inside a cell or a rich text, in order. */
function cellText(cell: unknown): string {
  if (Array.isArray(cell)) return cell.map(cellText).join('');
  if (typeof cell !== 'object' || cell === null) return '';
  if ('text' in cell) return typeof cell.text === 'string' ? cell.text : cellText(cell.text);
  if ('value' in cell) return String(cell.value);
  return 'elements' in cell ? cellText(cell.elements) : '';
}

/** An element that can be clicked or filled in. */
function elementText(element: object): string {
  const { type, text, placeholder } = element as { type: string; text?: TextObject; placeholder?: TextObject };
  if (type === 'button') return `[${text?.text ?? ''}]`;
  if (type === 'image') return `[image: ${(element as { alt_text?: string }).alt_text ?? ''}]`;
  if (type.endsWith('_input')) return `[${placeholder?.text ?? '________'}]`;
  const options = (element as { options?: readonly { text: TextObject }[] }).options ?? [];
  if (type === 'checkboxes' || type === 'radio_buttons') return options.map(o => `( ) ${o.text.text}`).join(' ');
  return `[${placeholder?.text ?? 'choose'} v]`;
}
