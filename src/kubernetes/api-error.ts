/** What an API server says in the Status object of a failure (metav1.Status). */
export interface StatusBody {
  readonly reason?: string;
  readonly message?: string;
  readonly details?: {
    readonly name?: string;
    readonly group?: string;
    readonly kind?: string;
    readonly causes?: readonly { readonly reason?: string; readonly message?: string }[];
    readonly retryAfterSeconds?: number;
  };
}

/** The API server answered, with something else than success. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** The HTTP status. */
  readonly code: number;
  readonly status: StatusBody;
  /** From the header, or else from the body. */
  readonly retryAfterSeconds: number | undefined;

  constructor(code: number, body: string, retryAfter: string | undefined) {
    const status = parseStatus(body);
    super(status.message ?? (firstLine(body) || `HTTP ${code}`));
    this.code = code;
    this.status = status;
    this.retryAfterSeconds = parseSeconds(retryAfter) ?? status.details?.retryAfterSeconds;
  }

  /** The machine-readable reasons behind the failure, such as `DisruptionBudget`. */
  hasCause(reason: string): boolean {
    return this.status.details?.causes?.some(cause => cause.reason === reason) ?? false;
  }
}

/** Nothing came back that could be an answer. The message is the end of a sentence about the server. */
export class NoAnswer extends Error {
  override readonly name: string = 'NoAnswer';
}

/** A kept connection that the server had closed just before it was used again: no sign of an outage. */
export class StaleConnection extends NoAnswer {
  override readonly name = 'StaleConnection';
}

/** For callers to say which failures are answers to them. */
export function hasCode(...codes: readonly number[]): (error: ApiError) => boolean {
  return ({ code }) => codes.includes(code);
}

/** The answer, or the failure that the caller takes as one. */
export async function orFailure<T>(answer: Promise<T>): Promise<T | ApiError> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

/** The same where the caller waits by itself for a server that does not answer. */
export async function orTrouble<T>(answer: Promise<T>): Promise<T | ApiError | NoAnswer> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError || error instanceof NoAnswer) return error;
    throw error;
  }
}

const UNTRUSTED = 'its certificate is not signed by the authority that the kubeconfig names (certificate-authority)';

const NO_PEM = 'the certificate or key that the kubeconfig gives us for it is none';

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'it refuses connections',
  ECONNRESET: 'it closed the connection',
  EPIPE: 'it closed the connection',
  ENOTFOUND: 'its name cannot be resolved',
  EAI_AGAIN: 'its name cannot be resolved',
  EHOSTUNREACH: 'there is no way to its host',
  ENETUNREACH: 'there is no way to its network',
  ETIMEDOUT: 'it did not answer',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  ERR_OSSL_PEM_NO_START_LINE: NO_PEM,
  ERR_OSSL_PEM_BAD_BASE64_DECODE: NO_PEM,
  CERT_HAS_EXPIRED: 'its certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is made out to other names than the one that was asked for',
};

export function noAnswer(cause: unknown): NoAnswer {
  const { code = '', message = '' } = cause as Partial<NodeJS.ErrnoException>;
  return new NoAnswer(WORDS[code] ?? (message || code || 'the connection failed'), { cause });
}

function parseStatus(body: string): StatusBody {
  if (!body.startsWith('{')) return {};
  try {
    return JSON.parse(body) as StatusBody;
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function parseSeconds(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) : undefined;
}

function firstLine(body: string): string {
  return (body.trim().split('\n')[0] ?? '').slice(0, 200);
}
