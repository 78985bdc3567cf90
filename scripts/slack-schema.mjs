/**
 * Writes src/demo/slack/block-schema.json: what @slack/types says a block or view may look like, as JSON schema.
 * Run it again whenever @slack/types is updated: node scripts/slack-schema.mjs
 */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { createGenerator } from 'ts-json-schema-generator';

const types = fileURLToPath(import.meta.resolve('@slack/types')).replace(/index\.js$/, 'index.d.ts');
const target = fileURLToPath(new URL('../src/demo/slack/block-schema.json', import.meta.url));

const generated = createGenerator({ path: types, type: 'View', skipTypeCheck: true }).createSchema('View');
const definitions = generated.definitions;

// `AnyBlock` admits an object of any type, which Slack does not.
definitions.AnyBlock = { $ref: '#/definitions/KnownBlock' };

const resolve = schema => {
  const name = schema.$ref?.split('/').at(-1);
  return name === undefined ? schema : definitions[name];
};

/** The members of a union, with unions inside it laid open. */
const members = schema => {
  const inner = resolve(schema);
  return inner.anyOf ? inner.anyOf.flatMap(members) : [schema];
};

const typeOf = schema => resolve(schema).properties?.type?.const;

/**
 * A union whose members differ in `type` becomes "type is one of ..., and if it is X then the shape is X", so that a
 * fault is reported against the one shape that was meant.
 */
const byType = schema => {
  const all = members({ anyOf: schema.anyOf });
  const groups = Map.groupBy(all, typeOf);
  if (groups.has(undefined) || groups.size < 2) return { ...schema, anyOf: schema.anyOf.map(simplify) };
  return {
    type: 'object',
    required: ['type'],
    properties: { type: { enum: [...groups.keys()] } },
    allOf: [...groups].map(([type, shapes]) => ({
      if: { properties: { type: { const: type } } },
      // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON schema
      then: shapes.length === 1 ? simplify(shapes[0]) : { anyOf: shapes.map(simplify) },
    })),
  };
};

const simplify = schema => {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(simplify);
  const { description: _, ...rest } = schema;
  if (rest.anyOf) return byType(rest);
  return Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, key === 'properties' ? properties(value) : simplify(value)]),
  );
};

/** Here `description` is the name of a field and not a comment. */
const properties = fields => Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, simplify(field)]));

const simplified = Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, simplify(schema)]));
const reached = new Set();
const reach = name => {
  if (reached.has(name)) return;
  reached.add(name);
  for (const match of JSON.stringify(simplified[name]).matchAll(/"#\/definitions\/([^"]+)"/g)) reach(match[1]);
};
for (const root of ['KnownBlock', 'ModalView', 'HomeView']) reach(root);

const schema = {
  $comment: 'Generated from @slack/types by scripts/slack-schema.mjs; do not edit.',
  definitions: Object.fromEntries([...reached].sort().map(name => [name, simplified[name]])),
};
writeFileSync(target, JSON.stringify(schema));
execFileSync('npx', ['biome', 'format', '--write', target], { stdio: 'inherit' });
console.log(`${target}: ${reached.size} definitions`);
