import type { RequestOptions } from 'node:https';
import type { KubeConfig, User } from '@kubernetes/client-node';
import { NoAnswer } from './api-error.ts';

/**
 * What the kubeconfig says of who we are cannot be used, so nobody was asked. It may pass: files are replaced, and plugins
 * that ask somebody for a token can fail like any request. The message is the end of a sentence about the credentials.
 */
export class NoCredentials extends NoAnswer {
  override readonly name = 'NoCredentials';
}

/** The options of a request to the current cluster by its current user, read anew each time. Throws NoCredentials. */
export async function readCredentials(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options);
  } catch (error) {
    throw new NoCredentials(whyUnusable(error, config.getCurrentUser()), { cause: error });
  }
  return options;
}

function whyUnusable(error: unknown, user: User | null): string {
  const { code, syscall = '', path = '', message = '' } = error as Partial<NodeJS.ErrnoException>;
  const plugin = user?.exec ? `the credential plugin "${user.exec.command}"` : undefined;
  if (syscall.startsWith('spawn')) {
    return code === 'ENOENT'
      ? `${plugin} cannot be run: there is no such program on the PATH`
      : `${plugin} cannot be run: ${message}`;
  }
  if (code === 'ENOENT') return `the kubeconfig names the file ${path}, which is not there`;
  if (code === 'EACCES') return `the kubeconfig names the file ${path}, which may not be read`;
  if (plugin === undefined) return message;
  // client-node gives what the plugin wrote to stderr, or what is wrong with its answer.
  return `${plugin} failed${message.trim() ? `: ${message.trim().split('\n')[0]?.slice(0, 200)}` : ', and does not say why'}`;
}
