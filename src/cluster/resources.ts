/** Amounts that the scheduler reserves. */
export interface Resources {
  readonly cpuMilli: number;
  readonly memoryBytes: number;
  readonly pods: number;
  /** What else there is, by name and in its own unit: GPUs and other devices, ephemeral storage, huge pages. */
  readonly others?: Others | undefined;
}

type Others = Readonly<Record<string, number>>;

const SUFFIXES: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A Kubernetes quantity (`100m`, `1.5Gi`, `2e3`) as a number of its unit; undefined when it is none. */
export function parseQuantity(text: string): number | undefined {
  const match = /^([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)(?:[eE]([+-]?\d+)|([A-Za-z]{0,2}))$/.exec(text.trim());
  if (!match) return undefined;
  const factor = match[2] === undefined ? SUFFIXES[match[3] ?? ''] : 10 ** Number(match[2]);
  return factor === undefined ? undefined : Number(match[1]) * factor;
}

export const NO_RESOURCES: Resources = { cpuMilli: 0, memoryBytes: 0, pods: 0 };

export function add(a: Resources, b: Resources): Resources {
  return combine(a, b, (x, y) => x + y);
}

export function subtract(a: Resources, b: Resources): Resources {
  return combine(a, b, (x, y) => x - y);
}

/** The greater of both, of each kind. */
export function larger(a: Resources, b: Resources): Resources {
  return combine(a, b, Math.max);
}

/** Whoever asks for nothing of a resource fits even where more of it is used than there is, as for kube-scheduler. */
export function fits(wanted: Resources, free: Resources): boolean {
  return (
    within(wanted.cpuMilli, free.cpuMilli) &&
    within(wanted.memoryBytes, free.memoryBytes) &&
    within(wanted.pods, free.pods) &&
    (wanted.others === undefined || othersFit(wanted.others, free.others))
  );
}

function within(wanted: number, free: number): boolean {
  return wanted <= free || wanted <= 0;
}

function combine(a: Resources, b: Resources, of: (x: number, y: number) => number): Resources {
  const main = {
    cpuMilli: of(a.cpuMilli, b.cpuMilli),
    memoryBytes: of(a.memoryBytes, b.memoryBytes),
    pods: of(a.pods, b.pods),
  };
  if (a.others === undefined && b.others === undefined) return main;
  const names = Object.keys({ ...a.others, ...b.others });
  return {
    ...main,
    others: Object.fromEntries(names.map(name => [name, of(a.others?.[name] ?? 0, b.others?.[name] ?? 0)])),
  };
}

function othersFit(wanted: Others, free: Others = {}): boolean {
  for (const name in wanted) if (!within(wanted[name] ?? 0, free[name] ?? 0)) return false;
  return true;
}
