import {
  createHash,
  createPrivateKey,
  createPublicKey,
  sign as cryptoSign,
  verify as cryptoVerify,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { canonicalJson } from './canonical-json.ts';
import type { Signed } from './decision.ts';

/** A new Ed25519 pair, each half as one line of base64 (PKCS #8 and SPKI in DER), fit for an environment variable. */
export function newKeyPair(): { readonly privateKey: string; readonly publicKey: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
  };
}

/** Signs the canonical JSON of `value`. The key is PEM or the single line of `newKeyPair`; throws where it is neither. */
export function sign<T>(value: T, privateKey: string): Signed<T> {
  const signature = cryptoSign(null, Buffer.from(canonicalJson(value)), readPrivateKey(privateKey));
  return { value, signature: signature.toString('base64url') };
}

/** False for any signature that this key did not make over this value. Throws where the key itself is unreadable. */
export function verify(signed: Signed<unknown>, publicKey: string): boolean {
  const key = readPublicKey(publicKey);
  return cryptoVerify(null, Buffer.from(canonicalJson(signed.value)), key, Buffer.from(signed.signature, 'base64url'));
}

/** The public half of a private key, as one line of base64: who signs can tell what is signed by it. */
export function publicKeyOf(privateKey: string): string {
  return createPublicKey(readPrivateKey(privateKey)).export({ format: 'der', type: 'spki' }).toString('base64');
}

/** SHA-256 (lower-case hex) of the canonical JSON of `value`: signed in the place of what is too long to repeat. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}

/** Throws, with what to write, where a setting holds no such key: better at the start than at the first decision. */
export function assertSigningKey(text: string): void {
  readPrivateKey(text);
}

export function assertVerifyKey(text: string): void {
  readPublicKey(text);
}

function readPrivateKey(text: string): KeyObject {
  return read('private signing key', () =>
    isPem(text) ? createPrivateKey(text) : createPrivateKey({ key: fromBase64(text), format: 'der', type: 'pkcs8' }),
  );
}

function readPublicKey(text: string): KeyObject {
  return read('public verification key', () =>
    isPem(text) ? createPublicKey(text) : createPublicKey({ key: fromBase64(text), format: 'der', type: 'spki' }),
  );
}

function read(what: string, parse: () => KeyObject): KeyObject {
  let key: KeyObject;
  try {
    key = parse();
  } catch (cause) {
    throw new Error(`The ${what} cannot be read: write the line that "capstan keys" prints, or a PEM.`, { cause });
  }
  if (key.asymmetricKeyType !== 'ed25519') {
    throw new Error(
      `The ${what} is a key for ${key.asymmetricKeyType}: write an Ed25519 key, as "capstan keys" makes.`,
    );
  }
  return key;
}

function isPem(text: string): boolean {
  return text.trimStart().startsWith('-----BEGIN');
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text.trim(), 'base64');
}
