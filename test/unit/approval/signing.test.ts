import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import * as fc from 'fast-check';
import { canonicalJson } from '../../../src/approval/canonical-json.ts';
import {
  contentHash,
  newKeyPair,
  publicKeyOf,
  sign,
  verify,
  whyNoSigningKey,
  whyNoVerifyKey,
} from '../../../src/approval/signing.ts';

const keys = newKeyPair();

test('what was signed verifies after a trip through JSON, whatever it holds', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), value => {
      const travelled = JSON.parse(JSON.stringify(sign(value, keys.privateKey)));
      expect(verify(travelled, keys.publicKey)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('an absent field and an undefined one are the same', () => {
  expect(verify({ ...sign({ a: 1, b: undefined }, keys.privateKey), value: { a: 1 } }, keys.publicKey)).toBe(true);
});

test('the order of keys does not matter', () => {
  expect(canonicalJson({ b: [{ d: 1, c: 2 }], a: 3 })).toBe('{"a":3,"b":[{"c":2,"d":1}]}');
});

test.each([
  ['a changed value', { value: { by: 'UEVE' } }],
  ['a cut signature', { signature: 'AAAA' }],
  ['no signature', { signature: '' }],
])('%s does not verify', (_name, change) => {
  expect(verify({ ...sign({ by: 'UBOB' }, keys.privateKey), ...change }, keys.publicKey)).toBe(false);
});

test("another key's signature does not verify", () => {
  expect(verify(sign({ by: 'UBOB' }, newKeyPair().privateKey), keys.publicKey)).toBe(false);
});

test('keys are read as PEM too', () => {
  const privateKey = createPrivateKey({ key: Buffer.from(keys.privateKey, 'base64'), format: 'der', type: 'pkcs8' });
  const privatePem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const publicPem = createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }).toString();
  expect(verify(sign({ a: 1 }, privatePem), publicPem)).toBe(true);
  expect(keys.privateKey).not.toContain('\n');
});

test('an unreadable key is a sentence that says what to write', () => {
  expect(() => sign({}, 'nonsense')).toThrow(
    'The private signing key cannot be used: write the private key that `capstan keys` prints, as it stands there, or a PEM.',
  );
  const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'pem', type: 'spki' });
  expect(() => verify({ value: {}, signature: '' }, rsa.toString())).toThrow('write an Ed25519 key');
});

test('the wrong half of the pair is refused, as PEM too: whoever only verifies must not be able to sign', () => {
  const pem = createPrivateKey({ key: Buffer.from(keys.privateKey, 'base64'), format: 'der', type: 'pkcs8' })
    .export({ format: 'pem', type: 'pkcs8' })
    .toString();
  for (const text of [keys.privateKey, pem]) {
    expect(whyNoVerifyKey(text)).toBe('write the public half of the pair; this is the private one');
    expect(whyNoSigningKey(text)).toBeUndefined();
  }
  expect(whyNoSigningKey(keys.publicKey)).toBe('write the private half of the pair; this is the public one');
  expect(whyNoVerifyKey(keys.publicKey)).toBeUndefined();
});

test('who signs can verify it', () => {
  expect(publicKeyOf(keys.privateKey)).toBe(keys.publicKey);
});

test('equal contents have the same hash, after a trip through JSON too, and others another', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.dictionary(fc.string(), fc.jsonValue()), (a, b) => {
      expect(contentHash(JSON.parse(JSON.stringify({ ...a, absent: undefined })))).toBe(contentHash(a));
      expect(contentHash(a) === contentHash(b)).toBe(canonicalJson(a) === canonicalJson(b));
    }),
    { numRuns: 50 },
  );
});
