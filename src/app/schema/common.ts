/**
 * What comes back from Redis is read with these schemas: anyone who can write there may have written anything.
 * Each is typed by what it must yield, so that a type that grows without its schema does not compile.
 */
import { z } from 'zod';
import type { KubernetesVersion, Minor } from '../../version/kubernetes-version.ts';

/** JSON has no `undefined`: a field that may hold it is absent, and comes back as `undefined`. */
export function orAbsent<T>(schema: z.ZodType<T>) {
  return schema.optional().transform(value => value);
}

/** Ids become parts of keys and of job ids. */
export const id: z.ZodType<string> = z.string().regex(/^[A-Za-z0-9._-]{1,300}$/);
/** Epoch milliseconds, or a length of time in milliseconds. */
export const milliseconds: z.ZodType<number> = z.number().int().nonnegative();
export const count: z.ZodType<number> = z.number().int().nonnegative();
/** From 1. */
export const attempt: z.ZodType<number> = z.number().int().positive();
export const text: z.ZodType<string> = z.string();

/** In the forms that a version is parsed into, and no other: it ends up in commands. */
export const version: z.ZodType<KubernetesVersion> = z.object({
  major: count,
  minor: count,
  patch: count,
  prerelease: z.exactOptional(z.string().regex(/^(alpha|beta|rc)\.\d{1,9}$/)),
  vendor: z.exactOptional(z.string().regex(/^[0-9A-Za-z.+-]{1,255}$/)),
});

export const minor: z.ZodType<Minor> = z.object({ major: count, minor: count });
