import { type ConfigurationOptions, Observable, type RequestContext } from '@kubernetes/client-node';

/** A `signal` option is ignored by client-node; only a middleware that is called before the request can set one. */
export function signalOptions(signal: AbortSignal): ConfigurationOptions {
  return {
    middleware: [
      {
        pre(context: RequestContext) {
          context.setSignal(signal);
          return new Observable(Promise.resolve(context));
        },
        post: response => new Observable(Promise.resolve(response)),
      },
    ],
    middlewareMergeStrategy: 'append',
  };
}
