import type { Redis } from 'ioredis';
import { z } from 'zod';
import { BrokenRecord, type Records } from '../app/ports.ts';

/** Long enough to look back at an upgrade; posts, plans and runs are forgotten 30 days after their last change. */
const LIFETIME_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Which form of records this build writes, and the newest that it can read. It grows where an older build would lose or
 * misread something; a field that merely came has a default in its schema. Records without it are of the form before the first.
 */
const FORM = 1;

const formed = z.object({ form: z.int().default(0) });

/** Writes only where the text is still the one that was read. KEYS: record; ARGV: old, new, lifetime in ms. */
const REPLACE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

/** Records of one kind as JSON, each under `capstan:{<id>}:<kind>`, checked against `schema` whenever they are read. */
export class RedisRecords<T> implements Records<T> {
  readonly #redis: Redis;
  readonly #kind: string;
  readonly #schema: z.ZodType<T>;

  readonly #lifetimeMs: number;

  constructor(redis: Redis, kind: string, schema: z.ZodType<T>, lifetimeMs = LIFETIME_MS) {
    this.#redis = redis;
    this.#kind = kind;
    this.#schema = schema;
    this.#lifetimeMs = lifetimeMs;
  }

  async get(id: string): Promise<T | undefined> {
    const text = await this.#redis.get(this.#key(id));
    return text === null ? undefined : this.#parse(id, text);
  }

  async create(id: string, record: T): Promise<boolean> {
    return (await this.#redis.set(this.#key(id), textOf(record), 'PX', this.#lifetimeMs, 'NX')) === 'OK';
  }

  async update(id: string, change: (record: T) => T | undefined): Promise<T | undefined> {
    const key = this.#key(id);
    for (;;) {
      const text = await this.#redis.get(key);
      if (text === null) return undefined;
      const record = this.#parse(id, text);
      const changed = change(record);
      if (changed === undefined) return record;
      // Another writer was quicker where this answers 0: look again, decide again.
      if ((await this.#redis.eval(REPLACE, 1, key, text, textOf(changed), this.#lifetimeMs)) === 1) return changed;
    }
  }

  #key(id: string): string {
    return `capstan:{${id}}:${this.#kind}`;
  }

  #parse(id: string, text: string): T {
    try {
      const found: unknown = JSON.parse(text);
      const { form } = formed.parse(found);
      if (form > FORM) throw this.#newer(id, form);
      return this.#schema.parse(found);
    } catch (cause) {
      if (cause instanceof BrokenRecord) throw cause;
      throw new BrokenRecord(
        `The record of ${this.#kind} ${id} in Redis cannot be read: it was written by an older build of Capstan, or damaged. ` +
          `Make a new plan; "${this.#key(id)}" may be deleted.`,
        { cause },
      );
    }
  }

  /** Read by halves it would be written back by halves. */
  #newer(id: string, form: number): BrokenRecord {
    return new BrokenRecord(
      `The record of ${this.#kind} ${id} in Redis was written by a newer build of Capstan (form ${form}, and this one reads ` +
        `no newer than ${FORM}). Bring bot and workers to the same version; nothing has to be deleted.`,
    );
  }
}

function textOf(record: unknown): string {
  return JSON.stringify({ form: FORM, ...Object(record) });
}
