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

/** What to write in the place of this text, where it is no key to sign with; undefined where it is one. */
export function whyNoSigningKey(text: string): string | undefined {
  return faultOf(keyIn(text, 'private'));
}

/** What to write in the place of this text, where it is no key to verify with; undefined where it is one. */
export function whyNoVerifyKey(text: string): string | undefined {
  return faultOf(keyIn(text, 'public'));
}

type Half = 'private' | 'public';

function readPrivateKey(text: string): KeyObject {
  return assertKey(keyIn(text, 'private'), 'private signing key');
}

function readPublicKey(text: string): KeyObject {
  return assertKey(keyIn(text, 'public'), 'public verification key');
}

function assertKey(found: KeyObject | string, what: string): KeyObject {
  if (typeof found === 'string') throw new Error(`The ${what} cannot be used: ${found}.`);
  return found;
}

function faultOf(found: KeyObject | string): string | undefined {
  return typeof found === 'string' ? found : undefined;
}

/** The key, or what to write, as the end of a sentence. Nobody verifies with a private key: it would lie about where it need not. */
function keyIn(text: string, half: Half): KeyObject | string {
  const key = parsed(text, PRIVATE) ?? parsed(text, PUBLIC);
  if (!key) return `write the ${half} key that \`capstan keys\` prints, as it stands there, or a PEM`;
  if (key.type !== half) return `write the ${half} half of the pair; this is the ${key.type} one`;
  if (key.asymmetricKeyType === 'ed25519') return key;
  return `write an Ed25519 key, as \`capstan keys\` makes; this is a key for ${key.asymmetricKeyType}`;
}

interface Forms {
  readonly pem: (text: string) => KeyObject;
  readonly der: (key: Buffer) => KeyObject;
}

const PRIVATE: Forms = {
  pem: createPrivateKey,
  der: (key: Buffer) => createPrivateKey({ key, format: 'der', type: 'pkcs8' }),
};
const PUBLIC: Forms = {
  pem: createPublicKey,
  der: (key: Buffer) => createPublicKey({ key, format: 'der', type: 'spki' }),
};

/** undefined where it is no such key, for which node:crypto has no other word than an error. */
function parsed(text: string, { pem, der }: Forms): KeyObject | undefined {
  const isPem = text.trimStart().startsWith('-----BEGIN');
  try {
    return isPem ? pem(text) : der(Buffer.from(text.trim(), 'base64'));
  } catch {
    return undefined;
  }
}
