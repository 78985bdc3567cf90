import type { KnownBlock } from '@slack/types';
import { ImpossibleDeed } from './slack-error.ts';

interface Option {
  readonly text: { readonly text: string };
  readonly value?: string;
}

/** The fields of interactive elements that matter to whoever clicks and fills them in. */
export interface Element {
  readonly type: string;
  readonly action_id: string;
  readonly text?: { readonly text: string };
  readonly value?: string;
  readonly options?: readonly Option[];
  readonly option_groups?: readonly { readonly options: readonly Option[] }[];
  readonly initial_value?: string;
  readonly initial_option?: Option;
  readonly initial_options?: readonly Option[];
  readonly min_length?: number;
  readonly max_length?: number;
}

export interface PlacedElement {
  readonly blockId: string;
  readonly element: Element;
  /** Of the input block around it; undefined for buttons and selects that stand in actions and sections. */
  readonly input: { readonly label: string; readonly optional: boolean } | undefined;
}

/** Every interactive element of the blocks, in order. */
export function elementsIn(blocks: readonly KnownBlock[]): readonly PlacedElement[] {
  return blocks.flatMap((block): PlacedElement[] => {
    const blockId = block.block_id ?? '';
    switch (block.type) {
      case 'actions':
        return block.elements.map(element => ({ blockId, element: asElement(element), input: undefined }));
      case 'section':
        return block.accessory === undefined || block.accessory.type === 'image'
          ? []
          : [{ blockId, element: asElement(block.accessory), input: undefined }];
      case 'input': {
        const input = { label: block.label.text, optional: block.optional === true };
        return [{ blockId, element: asElement(block.element), input }];
      }
      default:
        return [];
    }
  });
}

// @slack/types knows each kind of element apart; here only the common fields are read, which the schema has checked.
const asElement = (element: object): Element => element as Element;

/** What a person typed or chose: text, or the values of the chosen options. */
export type Entered = string | readonly string[];

/** What an element holds once `entered` is in it, as Slack reports it under `state.values`. */
export function stateOf({ element, input }: PlacedElement, entered: Entered | undefined): Record<string, unknown> {
  const one = typeof entered === 'string' ? entered : entered?.[0];
  const many = entered === undefined ? undefined : typeof entered === 'string' ? [entered] : entered;
  const { type } = element;
  switch (type) {
    case 'static_select':
    case 'radio_buttons':
    case 'overflow':
      return { type, selected_option: one === undefined ? (element.initial_option ?? null) : option(element, one) };
    case 'multi_static_select':
    case 'checkboxes':
      return { type, selected_options: many?.map(value => option(element, value)) ?? element.initial_options ?? [] };
    case 'users_select':
      return { type, selected_user: one ?? null };
    case 'multi_users_select':
      return { type, selected_users: many ?? [] };
    case 'datepicker':
      return { type, selected_date: one ?? null };
    case 'timepicker':
      return { type, selected_time: one ?? null };
    default: {
      const value = one ?? element.initial_value ?? '';
      checkLength(element, value, input?.label ?? element.action_id);
      return { type, value: value === '' ? null : value };
    }
  }
}

/** Whether nothing is in it, so that a required input cannot be submitted. */
export function isEmpty(state: Record<string, unknown>): boolean {
  return Object.entries(state).every(
    ([key, value]) => key === 'type' || value === null || (Array.isArray(value) && value.length === 0),
  );
}

function option(element: Element, value: string): Option {
  const options = element.options ?? element.option_groups?.flatMap(group => group.options) ?? [];
  const found = options.find(candidate => candidate.value === value);
  if (found !== undefined) return found;
  const known = options.map(candidate => candidate.value).join(', ');
  throw new ImpossibleDeed(`"${element.action_id}" offers no option "${value}". It offers: ${known}.`);
}

function checkLength({ min_length, max_length }: Element, value: string, label: string): void {
  if (value === '') return;
  if (max_length !== undefined && value.length > max_length) {
    throw new ImpossibleDeed(`"${label}" takes at most ${max_length} characters, and ${value.length} were typed.`);
  }
  if (min_length !== undefined && value.length < min_length) {
    throw new ImpossibleDeed(`"${label}" needs at least ${min_length} characters, and ${value.length} were typed.`);
  }
}
