import { readFileSync } from 'node:fs';
import type { HomeView, KnownBlock, ModalView } from '@slack/types';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import { ID_LIMIT, LIMITS, MESSAGE_BLOCKS, MESSAGE_CHARACTERS } from './block-limits.ts';
import { SlackError } from './slack-error.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
type JsonObject = { readonly [key: string]: Json };

const schema = JSON.parse(readFileSync(new URL('./block-schema.json', import.meta.url), 'utf8'));
const ajv = new Ajv({ allErrors: true, strict: false });
ajv.addSchema(schema, 'blocks');
const validators = new Map<string, ValidateFunction>();

const shape = (name: string): ValidateFunction => {
  const known = validators.get(name);
  if (known !== undefined) return known;
  const compiled = ajv.compile({ $ref: `blocks#/definitions/${name}` });
  validators.set(name, compiled);
  return compiled;
};

/** The blocks of a message. Throws invalid_blocks, invalid_blocks_format or msg_blocks_too_long. */
export function checkMessageBlocks(blocks: unknown): readonly KnownBlock[] {
  if (!Array.isArray(blocks)) throw new SlackError('invalid_blocks_format');
  const faults = [
    ...(blocks.length > MESSAGE_BLOCKS ? [fault(`no more than ${MESSAGE_BLOCKS} items allowed`, '/blocks')] : []),
    ...blocks.flatMap((block, index) => faultsOf('KnownBlock', block, `/blocks/${index}`)),
  ];
  const worst = faults.length > 0 ? faults : doubledIds(blocks, '/blocks');
  if (worst.length > 0) throw new SlackError('invalid_blocks', worst);
  if (charactersIn(blocks) > MESSAGE_CHARACTERS) throw new SlackError('msg_blocks_too_long');
  return blocks as readonly KnownBlock[];
}

/** A modal or a home tab. Throws invalid_arguments. */
export function checkView(view: unknown): ModalView | HomeView {
  if (!isObject(view)) throw new SlackError('invalid_arguments', [fault('must provide an object', '/view')]);
  if (view.type !== 'modal' && view.type !== 'home') {
    throw new SlackError('invalid_arguments', [fault(`unsupported type: ${String(view.type)}`, '/view/type')]);
  }
  const faults = faultsOf(view.type === 'modal' ? 'ModalView' : 'HomeView', view, '/view');
  const blocks = Array.isArray(view.blocks) ? (view.blocks as readonly Json[]) : [];
  const worst = faults.length > 0 ? faults : doubledIds(blocks, '/view/blocks');
  const inputs = blocks.some(block => isObject(block) && block.type === 'input');
  if (view.type === 'modal' && inputs && view.submit === undefined) {
    worst.push(fault('missing required field: submit', '/view'));
  }
  if (worst.length > 0) throw new SlackError('invalid_arguments', worst);
  return view as unknown as ModalView | HomeView;
}

const fault = (what: string, pointer: string): string => `[ERROR] ${what} [json-pointer:${pointer}]`;

/** Limits are looked at only where the shape is right. */
function faultsOf(definition: string, value: unknown, pointer: string): string[] {
  const validate = shape(definition);
  if (!validate(value)) {
    const wrong = (validate.errors ?? []).filter(({ keyword }) => keyword !== 'if' && keyword !== 'anyOf');
    const all = wrong.length > 0 ? wrong : (validate.errors ?? []);
    return [...new Set(all.map(error => describe(error, pointer)))];
  }
  return [...limitFaults(value as Json, pointer)];
}

function describe(error: ErrorObject, root: string): string {
  const pointer = `${root}${error.instancePath}`;
  switch (error.keyword) {
    case 'required':
      return fault(`missing required field: ${error.params.missingProperty}`, pointer);
    case 'additionalProperties':
      return fault(`invalid additional property: ${error.params.additionalProperty}`, pointer);
    case 'enum':
      return error.instancePath.endsWith('/type')
        ? fault('unsupported type', pointer)
        : fault(`must be one of ${error.params.allowedValues.join(', ')}`, pointer);
    case 'const':
      return fault(`must be "${error.params.allowedValue}"`, pointer);
    case 'type':
      return fault(`must provide ${error.params.type === 'object' ? 'an' : 'a'} ${error.params.type}`, pointer);
    default:
      return fault(error.message ?? error.keyword, pointer);
  }
}

function* limitFaults(value: Json, pointer: string): Generator<string> {
  if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* limitFaults(item, `${pointer}/${index}`);
  } else if (isObject(value)) {
    const name = shapeName(value, pointer);
    for (const { on, at, min, max } of LIMITS) {
      if (on === name) yield* sizeFaults(value, at.split('.'), pointer, min ?? 0, max ?? Number.POSITIVE_INFINITY);
    }
    if (name === 'section' && value.text === undefined && value.fields === undefined) {
      yield fault('must define either `text` or `fields`', pointer);
    }
    for (const id of ['block_id', 'action_id']) yield* sizeFaults(value, [id], pointer, 0, ID_LIMIT);
    for (const [key, inner] of Object.entries(value)) yield* limitFaults(inner, `${pointer}/${key}`);
  }
}

function shapeName(value: JsonObject, pointer: string): string {
  if (typeof value.type === 'string') return value.type;
  if (/\/options\/\d+$|\/initial_options?(\/\d+)?$/.test(pointer)) return 'option';
  if (/\/option_groups\/\d+$/.test(pointer)) return 'option_group';
  return pointer.endsWith('/confirm') ? 'confirmation' : '';
}

function* sizeFaults(value: Json, path: readonly string[], at: string, min: number, max: number): Generator<string> {
  const [step, ...rest] = path;
  if (step === '*' && Array.isArray(value)) {
    for (const [index, item] of value.entries()) yield* sizeFaults(item, rest, `${at}/${index}`, min, max);
  } else if (step !== undefined && isObject(value)) {
    const inner = value[step];
    if (inner !== undefined) yield* sizeFaults(inner, rest, `${at}/${step}`, min, max);
  } else if (step === undefined && (typeof value === 'string' || Array.isArray(value))) {
    const [unit, most, least] =
      typeof value === 'string'
        ? ['characters', `must be less than ${max + 1} characters`, `must be more than ${min - 1} characters`]
        : ['items', `no more than ${max} items allowed`, `no fewer than ${min} items allowed`];
    if (value.length > max) yield fault(most ?? unit, at);
    if (value.length < min) yield fault(least ?? unit, at);
  }
}

function doubledIds(blocks: readonly unknown[], pointer: string): string[] {
  const faults: string[] = [];
  const blockIds = new Set<string>();
  for (const [index, block] of blocks.entries()) {
    if (!isObject(block)) continue;
    const at = `${pointer}/${index}`;
    if (typeof block.block_id === 'string') {
      if (blockIds.has(block.block_id)) faults.push(fault(`\`block_id\` "${block.block_id}" already exists`, at));
      blockIds.add(block.block_id);
    }
    const actionIds = new Set<string>();
    for (const element of Array.isArray(block.elements) ? block.elements : []) {
      if (!isObject(element) || typeof element.action_id !== 'string') continue;
      if (actionIds.has(element.action_id)) {
        faults.push(fault(`\`action_id\` "${element.action_id}" already exists for another element`, `${at}/elements`));
      }
      actionIds.add(element.action_id);
    }
  }
  return faults;
}

function charactersIn(value: Json): number {
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + charactersIn(item), 0);
  if (!isObject(value)) return 0;
  return Object.entries(value).reduce(
    (sum, [key, inner]) => sum + (key === 'text' && typeof inner === 'string' ? inner.length : charactersIn(inner)),
    0,
  );
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
