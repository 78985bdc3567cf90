import type { IncomingMessage } from 'node:http';
import type { ApiRequest } from './api-request.ts';
import { ApiError, detailsOf, title, unauthorized } from './status.ts';

/** Everybody may read these, without credentials. */
export const PUBLIC: ReadonlySet<string> = new Set(['/version', '/readyz', '/livez', '/healthz']);

const ADMIN = 'kubernetes-admin';
const ANONYMOUS = 'system:anonymous';

/** Who asks: the one user that the kubeconfig names, or nobody. Wrong credentials are worse than none. */
export function userOf({ headers }: IncomingMessage, token: string): string {
  if (headers.authorization === undefined) return ANONYMOUS;
  if (headers.authorization !== `Bearer ${token}`) throw unauthorized();
  return ADMIN;
}

/** The administrator may do everything, as long as the API server knows what that is. */
export function mayDoAll(user: string, rolesLoaded: boolean): boolean {
  return user === ADMIN && rolesLoaded;
}

export function forbiddenPath(user: string, method: string | undefined, path: string): ApiError {
  const verb = (method ?? 'GET').toLowerCase();
  return new ApiError(403, 'Forbidden', `forbidden: User "${user}" cannot ${verb} path "${path}"`, {});
}

export function forbiddenResource(user: string, request: ApiRequest): ApiError {
  const { resource, namespace, name, subresource } = request;
  const what = `${title(resource)}${name === undefined ? '' : ` "${name}"`}`;
  const target = subresource === undefined ? resource.name : `${resource.name}/${subresource}`;
  const where = namespace === undefined ? 'at the cluster scope' : `in the namespace "${namespace}"`;
  const { name: named, ...details } = detailsOf(resource, name ?? '');
  return new ApiError(
    403,
    'Forbidden',
    `${what} is forbidden: User "${user}" cannot ${verbOf(request)} resource "${target}" in API group "${resource.group}" ${where}`,
    { ...(named ? { name: named } : {}), ...details },
  );
}

function verbOf({ method, name, query }: ApiRequest): string {
  const watching = query.get('watch');
  switch (method) {
    case 'POST':
      return 'create';
    case 'PUT':
      return 'update';
    case 'PATCH':
      return 'patch';
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete';
    default:
      if (name !== undefined) return 'get';
      return watching === 'true' || watching === '1' ? 'watch' : 'list';
  }
}
