/** Every duration of the simulated cluster, in simulated seconds. */
export const TIMINGS = {
  pod: {
    /** From binding to running containers. */
    start: 15,
    /** From running to Ready. */
    ready: 15,
    /** How long a container takes to stop after SIGTERM; a shorter grace period cuts it off. */
    stop: 30,
  },
  /** An ordinary Job's container. */
  job: 10,
  /** A Job's next pod after a failed one: doubled for each failure, up to the second. */
  jobBackoff: { first: 10, longest: 600 },
  node: {
    leaseRenewal: 10,
    statusHeartbeat: 300,
    /** From a kubelet's last sign of life to Ready=Unknown (node-monitor-grace-period). */
    unreachable: 40,
    /** From a node's deletion to that of its pods (quarantine of the pod garbage collector). */
    podsOutlive: 40,
    /** How often the pod garbage collector comes round (gcCheckPeriod). */
    podsCollected: 20,
  },
  /** An entry of a budget's disruptedPods is believed this long (DeletionTimeout of the disruption controller). */
  disruptedPod: 120,
  watchBookmark: 60,
  /** Steps of the host script; the sum of a phase is what a node's upgrade takes. */
  upgrade: {
    podStart: 1,
    preflight: 1,
    repository: 2,
    kubeadm: 5,
    prefetch: 6,
    backup: 3,
    plan: 3,
    staticPod: 8,
    addons: 3,
    kubeletConfig: 4,
    kubelet: 18,
    restart: 6,
    verify: 2,
  },
  /** With a single control plane the API goes away, first for etcd, then for the API server itself. */
  singleControlPlane: { etcdHang: 50, apiServerHang: 12, apiServerRefuse: 14, apiServerForbid: 2 },
} as const;
