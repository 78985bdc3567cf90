export interface Options {
  /** On the cluster of KUBECONFIG, and nothing that needs a control plane of our own. */
  readonly existing: boolean;
  /** A machine that cannot is no failure. */
  readonly ifPossible: boolean;
  /** Passed on to jest. */
  readonly rest: readonly string[];
}

export const USAGE = `npm run test:e2e [-- OPTIONS]

  Runs the contract suite on the simulated API server and on real ones, compares them case by case, and then upgrades
  clusters with a real control plane, from Slack. Builds what it needs, outside of this checkout.

  --existing      the contract suite and a plan on the cluster of KUBECONFIG (kind, for instance): an empty one, for objects
                  are made and deleted there
  --if-possible   exits with 0 where this machine lacks something; what is left out is named
  -t WORDS, --testPathPatterns PATTERN
                  only some of it, as jest understands them

  KUBEBUILDER_ASSETS=FOLDER   etcd and kube-apiserver of envtest, used in the place of those that would be built
  CAPSTAN_CACHE=FOLDER        where programs are kept (~/.cache/capstan)`;

export function optionsOf(args: readonly string[]): Options | { readonly error: string } | 'help' {
  const ours = new Set(['--existing', '--if-possible']);
  if (args.includes('--help') || args.includes('-h')) return 'help';
  const rest = args.filter(arg => !ours.has(arg));
  const [first] = rest;
  if (first !== undefined && !['-t', '--testPathPatterns'].includes(first)) {
    return { error: `"${first}" is no option of this command.` };
  }
  return { existing: args.includes('--existing'), ifPossible: args.includes('--if-possible'), rest };
}
