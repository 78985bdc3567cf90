export interface Options {
  /** On the cluster of KUBECONFIG, and nothing that needs a control plane of our own. */
  readonly existing: boolean;
  /** There are others in that cluster, and they were asked. */
  readonly inUse: boolean;
  /** A machine that cannot is no failure. */
  readonly ifPossible: boolean;
  /** Passed on to jest. */
  readonly rest: readonly string[];
}

export const USAGE = `npm run test:e2e [-- OPTIONS]

  Runs the contract suite on the simulated API server and on real ones, compares them case by case, and then upgrades
  clusters with a real control plane, from Slack. Builds what it needs, outside of this checkout.

  --existing      a plan of the cluster of KUBECONFIG (kind, for instance), the contract suite there, and drains as a
                  worker of the chart. It has to be an empty cluster, for objects are made and deleted and a node is
                  cordoned; all of that is undone, by the next run if this one is killed
  --in-use        with --existing: although pods of others run there
  --if-possible   exits with 0 where this machine lacks something; what is left out is named
  -t WORDS, --testPathPatterns PATTERN
                  only some of it, as jest understands them

  KUBEBUILDER_ASSETS=FOLDER   etcd, kube-apiserver and kubectl of envtest, for the minor that they are of: only what
                              that folder does not hold is built
  CAPSTAN_CONTRACT_ETCD=URL   with --existing: where etcd is, if it is no pod of kubeadm, so that history can be compacted
  CAPSTAN_CACHE=FOLDER        where programs are kept (~/.cache/capstan)`;

const OURS: readonly string[] = ['--existing', '--in-use', '--if-possible'];

export function optionsOf(args: readonly string[]): Options | { readonly error: string } | 'help' {
  if (args.includes('--help') || args.includes('-h')) return 'help';
  const rest = args.filter(arg => !OURS.includes(arg));
  const [first] = rest;
  if (first !== undefined && !['-t', '--testPathPatterns'].includes(first)) {
    return { error: `"${first}" is no option of this command.` };
  }
  const [existing, inUse, ifPossible] = OURS.map(name => args.includes(name)) as [boolean, boolean, boolean];
  if (inUse && !existing) return { error: '"--in-use" is about the cluster of "--existing", which was not asked for.' };
  return { existing, inUse, ifPossible, rest };
}
