import type { Resource } from '../store/resources.ts';

/** metav1.Status, as the API server answers everything that is not an object. */
export interface Status {
  readonly kind: 'Status';
  readonly apiVersion: 'v1';
  readonly metadata: { readonly continue?: string };
  readonly status: 'Success' | 'Failure';
  readonly message?: string;
  readonly reason?: string;
  readonly details?: StatusDetails;
  readonly code?: number;
}

/** A Status that says no. */
export type FailureStatus = Status & { readonly code: number };

export interface StatusDetails {
  readonly name?: string;
  readonly group?: string;
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly { readonly reason: string; readonly message: string; readonly field?: string }[];
  readonly retryAfterSeconds?: number;
}

/** An answer that is a failure: thrown where it is found, sent by the server. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: FailureStatus;

  constructor(code: number, reason: string | undefined, message: string, details?: StatusDetails, token?: string) {
    super(message);
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: token === undefined ? {} : { continue: token },
      status: 'Failure',
      message,
      ...(reason === undefined ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

/** Only what creates something carries its code. */
export function success(details?: StatusDetails, code?: number): Status {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Success',
    ...(details ? { details } : {}),
    ...(code === undefined ? {} : { code }),
  };
}

type Subject = Pick<Resource, 'name' | 'group'>;

export function notFound(subject: Subject, name: string): ApiError {
  return new ApiError(404, 'NotFound', `${title(subject)} "${name}" not found`, detailsOf(subject, name));
}

export function alreadyExists(subject: Subject, name: string): ApiError {
  return new ApiError(409, 'AlreadyExists', `${title(subject)} "${name}" already exists`, detailsOf(subject, name));
}

export function conflict(subject: Subject, name: string, why: string): ApiError {
  const message = `Operation cannot be fulfilled on ${title(subject)} "${name}": ${why}`;
  return new ApiError(409, 'Conflict', message, detailsOf(subject, name));
}

export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

/** A precondition of a deletion names another object than the one that is there. */
export function preconditionFailed(kind: string, name: string, why: string): ApiError {
  return new ApiError(409, 'Conflict', `Operation cannot be fulfilled on ${kind} "${name}": ${why}`, { name, kind });
}

export function badRequest(message: string): ApiError {
  return new ApiError(400, 'BadRequest', message);
}

/** A patch that does not fit the object, a failed `test` among them. */
export function unprocessable(): ApiError {
  return new ApiError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
}

export function unauthorized(): ApiError {
  return new ApiError(401, 'Unauthorized', 'Unauthorized');
}

/** The group is served, the resource is not. */
export function noSuchResource(): ApiError {
  return new ApiError(404, 'NotFound', 'the server could not find the requested resource', {});
}

export function expired(message: string, token?: string): ApiError {
  return new ApiError(410, 'Expired', message, undefined, token);
}

export function title({ name, group }: Subject): string {
  return group === '' ? name : `${name}.${group}`;
}

export function detailsOf({ name: kind, group }: Subject, name: string): StatusDetails {
  return { name, ...(group === '' ? {} : { group }), kind };
}
