/**
 * The documented limits of Block Kit (docs.slack.dev/reference/block-kit), as data. `at` leads from the object to what
 * is limited: a string is counted in characters, an array in items. `*` means each item of an array.
 */
interface Limit {
  /** The object's `type`; options and confirmations, which have none, are named after the shape. */
  readonly on: string;
  readonly at: string;
  readonly min?: number;
  readonly max?: number;
}

const text = (on: string, at: string, max: number): Limit => ({ on, at, min: 1, max });
const SELECTS = ['static_select', 'multi_static_select'];
const WITH_PLACEHOLDER = [
  ...SELECTS,
  'users_select',
  'multi_users_select',
  'channels_select',
  'conversations_select',
  'plain_text_input',
  'number_input',
  'email_text_input',
  'url_text_input',
  'datepicker',
  'timepicker',
];

export const LIMITS: readonly Limit[] = [
  { on: 'actions', at: 'elements', min: 1, max: 25 },
  { on: 'context', at: 'elements', min: 1, max: 10 },
  text('header', 'text.text', 150),
  text('section', 'text.text', 3000),
  { on: 'section', at: 'fields', min: 1, max: 10 },
  text('section', 'fields.*.text', 2000),
  text('context', 'elements.*.text', 2000),
  text('image', 'alt_text', 2000),
  text('image', 'image_url', 3000),
  text('image', 'title.text', 2000),
  text('input', 'label.text', 2000),
  text('input', 'hint.text', 2000),
  text('markdown', 'text', 12_000),
  { on: 'table', at: 'rows', min: 1, max: 100 },
  { on: 'table', at: 'rows.*', max: 20 },
  text('button', 'text.text', 75),
  { on: 'button', at: 'value', max: 2000 },
  { on: 'button', at: 'url', max: 3000 },
  { on: 'button', at: 'accessibility_label', max: 75 },
  text('confirmation', 'title.text', 100),
  text('confirmation', 'text.text', 300),
  text('confirmation', 'confirm.text', 30),
  text('confirmation', 'deny.text', 30),
  text('option', 'text.text', 75),
  { on: 'option', at: 'value', max: 150 },
  { on: 'option', at: 'description.text', max: 75 },
  text('option_group', 'label.text', 75),
  { on: 'option_group', at: 'options', min: 1, max: 100 },
  ...SELECTS.flatMap((on): Limit[] => [
    { on, at: 'options', min: 1, max: 100 },
    { on, at: 'option_groups', min: 1, max: 100 },
  ]),
  { on: 'overflow', at: 'options', min: 1, max: 5 },
  { on: 'checkboxes', at: 'options', min: 1, max: 10 },
  { on: 'radio_buttons', at: 'options', min: 1, max: 10 },
  ...WITH_PLACEHOLDER.map((on): Limit => ({ on, at: 'placeholder.text', max: 150 })),
  text('modal', 'title.text', 24),
  text('modal', 'submit.text', 24),
  text('modal', 'close.text', 24),
  ...['modal', 'home'].flatMap((on): Limit[] => [
    { on, at: 'blocks', max: 100 },
    { on, at: 'private_metadata', max: 3000 },
    { on, at: 'callback_id', max: 255 },
    { on, at: 'external_id', max: 255 },
  ]),
];

/** For every block and every interactive element. */
export const ID_LIMIT = 255;
export const MESSAGE_BLOCKS = 50;
/** All text of a message's blocks together (slackapi/bolt-js#2509). */
export const MESSAGE_CHARACTERS = 13_200;
/** `text` of a message without blocks; longer is refused as msg_too_long. */
export const MESSAGE_TEXT = 40_000;
