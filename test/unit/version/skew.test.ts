import * as fc from 'fast-check';
import { formatMinor } from '../../../src/version/kubernetes-version.ts';
import {
  allowedMinors,
  findSkew,
  judgeSkew,
  type MinorRange,
  type RunningComponent,
  SKEW_POLICY_SOURCE,
} from '../../../src/version/skew.ts';
import { versionOf as version } from '../../support/version.ts';

function running(kind: string, node: string, text: string): RunningComponent {
  return { kind, node, version: version(text) };
}

describe('the version-skew policy', () => {
  it.each([
    // what runs, allowed?
    ['apiservers of one minor', ['kube-apiserver cp-1 1.36.2', 'kube-apiserver cp-2 1.36.4'], true],
    ['apiservers one minor apart', ['kube-apiserver cp-1 1.36.2', 'kube-apiserver cp-2 1.37.0'], true],
    ['apiservers two minors apart', ['kube-apiserver cp-1 1.35.2', 'kube-apiserver cp-2 1.37.0'], false],
    ['a scheduler one minor older', ['kube-apiserver cp-1 1.36.2', 'kube-scheduler cp-1 1.35.0'], true],
    ['a scheduler two minors older', ['kube-apiserver cp-1 1.36.2', 'kube-scheduler cp-1 1.34.0'], false],
    ['a scheduler that is newer', ['kube-apiserver cp-1 1.36.2', 'kube-scheduler cp-1 1.37.0'], false],
    [
      'a controller manager newer than another node apiserver but not its own',
      ['kube-apiserver cp-1 1.36.2', 'kube-apiserver cp-2 1.37.0', 'kube-controller-manager cp-2 1.37.0'],
      true,
    ],
    ['a kubelet three minors older', ['kube-apiserver cp-1 1.37.2', 'kubelet w-1 1.34.9'], true],
    ['a kubelet four minors older', ['kube-apiserver cp-1 1.37.2', 'kubelet w-1 1.33.9'], false],
    ['a kubelet newer by a minor', ['kube-apiserver cp-1 1.36.4', 'kubelet w-1 1.37.0'], false],
    ['a kubelet newer by a patch only', ['kube-apiserver cp-1 1.36.2', 'kubelet w-1 1.36.4'], true],
    [
      'a kubelet newer than the oldest of two apiservers',
      ['kube-apiserver cp-1 1.36.4', 'kube-apiserver cp-2 1.37.0', 'kubelet w-1 1.37.0'],
      false,
    ],
    ['a kubelet below 1.25 two minors older', ['kube-apiserver cp-1 1.26.0', 'kubelet w-1 1.24.0'], true],
    ['a kubelet below 1.25 three minors older', ['kube-apiserver cp-1 1.27.0', 'kubelet w-1 1.24.0'], false],
    ['a kubelet of 1.25 three minors older', ['kube-apiserver cp-1 1.28.0', 'kubelet w-1 1.25.0'], true],
    ['a kube-proxy three minors older', ['kube-apiserver cp-1 1.37.2', 'kube-proxy w-1 1.34.0'], true],
    ['a kube-proxy four minors older', ['kube-apiserver cp-1 1.37.2', 'kube-proxy w-1 1.33.0'], false],
    ['a kube-proxy that is newer', ['kube-apiserver cp-1 1.36.2', 'kube-proxy w-1 1.37.0'], false],
    [
      'a kube-proxy three minors ahead of its kubelet',
      ['kube-apiserver cp-1 1.37.2', 'kube-proxy w-1 1.37.0', 'kubelet w-1 1.34.0'],
      true,
    ],
    ['etcd, which has versions of its own', ['kube-apiserver cp-1 1.37.2', 'etcd cp-1 3.6.8'], true],
    ['a kubelet with no apiserver in sight', ['kubelet w-1 1.20.0'], true],
  ])('%s', (_what, texts, allowed) => {
    const components = texts.map(text => {
      const [kind = '', node = '', ver = ''] = text.split(' ');
      return running(kind, node, ver);
    });
    expect(findSkew(components).length === 0).toBe(allowed);
  });

  it('names the same one of several equals, in whichever order they come', () => {
    const components = [
      running('kube-apiserver', 'cp-1', '1.36.2'),
      running('kube-apiserver', 'cp-2', '1.36.2'),
      running('kubelet', 'w-1', '1.37.0'),
    ];
    const [found] = findSkew(components);
    expect(findSkew(components.toReversed())).toEqual([found]);
    expect(found?.against.node).toBe('cp-1');
  });

  it('names component, node and both versions', () => {
    const found = findSkew([running('kube-apiserver', 'cp-1', '1.37.2'), running('kubelet', 'w-1', '1.33.9')]);
    expect(found.map(({ sentence }) => sentence)).toEqual([
      'kubelet on w-1 (v1.33.9) is 4 minors older than kube-apiserver on cp-1 (v1.37.2): at most 3 minors are allowed.',
    ]);
  });
});

function read(texts: readonly string[]): RunningComponent[] {
  return texts.map(text => {
    const [kind = '', node = '', ver = ''] = text.split(' ');
    return running(kind, node, ver);
  });
}

function written(range: MinorRange | undefined): string | undefined {
  return range && `${formatMinor(range.from)} to ${formatMinor(range.to)}`;
}

describe('what a component may be', () => {
  it('is told by the policy of the project', () => {
    expect(SKEW_POLICY_SOURCE).toBe('https://kubernetes.io/releases/version-skew-policy/');
  });

  it.each([
    // beside which kube-apiservers, what may be where
    [['1.13.0'], 'kube-controller-manager', '1.12 to 1.13'],
    [['1.13.0'], 'kube-scheduler', '1.12 to 1.13'],
    [['1.13.0'], 'cloud-controller-manager', '1.12 to 1.13'],
    [['1.13.0'], 'kubelet', '1.11 to 1.13'],
    [['1.13.0'], 'kube-proxy', '1.11 to 1.13'],
    [['1.13.0'], 'kubectl', '1.12 to 1.14'],
    [['1.25.0'], 'kubelet', '1.23 to 1.25'],
    [['1.26.0'], 'kubelet', '1.24 to 1.26'],
    [['1.27.0'], 'kubelet', '1.25 to 1.27'],
    [['1.28.0'], 'kubelet', '1.25 to 1.28'],
    [['1.37.2'], 'kubelet', '1.34 to 1.37'],
    [['1.37.2'], 'kube-proxy', '1.34 to 1.37'],
    [['1.37.2'], 'kubectl', '1.36 to 1.38'],
    [['1.37.2'], 'kube-apiserver', '1.36 to 1.38'],
    [['1.36.4', '1.37.2'], 'kube-apiserver', '1.36 to 1.37'],
    [['1.36.4', '1.37.2'], 'kubelet', '1.34 to 1.36'],
    [['1.36.4', '1.37.2'], 'kubectl', '1.36 to 1.37'],
    [['1.1.0'], 'kubelet', '1.0 to 1.1'],
  ])('beside kube-apiservers of %j a %s may be %s', (apiservers, kind, range) => {
    const components = apiservers.map((text, place) => running('kube-apiserver', `cp-${place}`, text));
    expect(written(allowedMinors(kind, components))).toBe(range);
  });

  it('cannot be told without a kube-apiserver, nor of what has versions of its own', () => {
    expect(allowedMinors('kubelet', read(['kubelet w-1 1.36.0']))).toBeUndefined();
    expect(allowedMinors('etcd', read(['kube-apiserver cp-1 1.36.0']))).toBeUndefined();
    expect(judgeSkew(read(['etcd cp-1 3.6.8', 'kube-apiserver cp-1 1.36.0'])).map(({ verdict }) => verdict)).toEqual([
      'not held',
      'within',
    ]);
  });

  it.each([
    ['an old scheduler', ['kube-apiserver cp-1 1.37.2', 'kube-scheduler cp-1 1.35.0'], '1.36 to 1.37', 'too old'],
    [
      'a controller manager beside its own kube-apiserver, while another is older',
      ['kube-apiserver cp-1 1.36.4', 'kube-apiserver cp-2 1.37.2', 'kube-controller-manager cp-2 1.37.2'],
      '1.36 to 1.37',
      'within',
    ],
    [
      'a controller manager on a node without kube-apiserver, which may reach any',
      ['kube-apiserver cp-1 1.36.4', 'kube-apiserver cp-2 1.37.2', 'kube-controller-manager cp-3 1.37.2'],
      '1.36 to 1.36',
      'too new',
    ],
    [
      'a cloud controller manager',
      ['kube-apiserver cp-1 1.37.2', 'cloud-controller-manager w-1 1.35.0'],
      '1.36 to 1.37',
      'too old',
    ],
    [
      'a kube-proxy, also held against its kubelet',
      ['kube-apiserver cp-1 1.37.2', 'kubelet w-1 1.33.9', 'kube-proxy w-1 1.37.2'],
      '1.34 to 1.36',
      'too new',
    ],
    [
      'the oldest of kube-apiservers that are too far apart',
      ['kube-apiserver cp-2 1.37.2', 'kube-apiserver cp-1 1.35.9'],
      '1.36 to 1.37',
      'too old',
    ],
  ])('of %s is judged with its range', (_what, texts, range, verdict) => {
    const judged = judgeSkew(read(texts)).at(-1);
    expect([written(judged?.allowed), judged?.verdict]).toEqual([range, verdict]);
  });
});

describe('any cluster', () => {
  const minor = fc.integer({ min: 20, max: 32 });
  const node = fc.constantFrom('a', 'b', 'c');
  const kinds = [
    'kube-apiserver',
    'kube-controller-manager',
    'kube-scheduler',
    'cloud-controller-manager',
    'kubelet',
    'kube-proxy',
    'etcd',
  ];
  const any = fc
    .uniqueArray(fc.record({ kind: fc.constantFrom(...kinds), node, minor }), {
      selector: ({ kind, node: on }) => `${kind} ${on}`,
      maxLength: 21,
    })
    .map(seen =>
      seen.map(each => ({ kind: each.kind, node: each.node, version: { major: 1, minor: each.minor, patch: 0 } })),
    );

  /** The policy's sentences once more, each as plain arithmetic on minors. */
  function breaks({ kind, node: on, version: { minor: own } }: RunningComponent, all: readonly RunningComponent[]) {
    const minors = (wanted: string, at?: string) =>
      all.filter(each => each.kind === wanted && (at === undefined || each.node === at)).map(e => e.version.minor);
    const apiservers = minors('kube-apiserver');
    if (apiservers.length === 0) return kind === 'kube-proxy' && tooFarFromKubelet();
    const mine = on === undefined ? [] : minors('kube-apiserver', on);
    const talksTo = mine.length > 0 ? mine : apiservers;
    switch (kind) {
      case 'kube-apiserver':
        return Math.max(...apiservers) - own > 1;
      case 'kube-controller-manager':
      case 'kube-scheduler':
      case 'cloud-controller-manager':
        return talksTo.some(theirs => own > theirs || theirs - own > 1);
      case 'kubelet':
        return apiservers.some(theirs => own > theirs || theirs - own > (own < 25 ? 2 : 3));
      case 'kube-proxy':
        return apiservers.some(theirs => own > theirs || theirs - own > (own < 25 ? 2 : 3)) || tooFarFromKubelet();
      default:
        return false;
    }
    function tooFarFromKubelet() {
      return minors('kubelet', on).some(theirs => Math.abs(theirs - own) > (own < 25 ? 2 : 3));
    }
  }

  it('has exactly those components flagged that the policy forbids, in the table and among the findings', () => {
    fc.assert(
      fc.property(any, components => {
        const flagged = new Set(findSkew(components).map(({ component }) => component));
        for (const { component, verdict, findings } of judgeSkew(components)) {
          const forbidden = breaks(component, components);
          expect(flagged.has(component)).toBe(forbidden);
          expect(findings.length > 0).toBe(forbidden);
          expect(verdict === 'too old' || verdict === 'too new').toBe(forbidden);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('would be forbidden one minor beyond either end of what is allowed, and not at the end itself', () => {
    fc.assert(
      fc.property(any, components => {
        for (const { component, allowed } of judgeSkew(components)) {
          if (!allowed || component.kind === 'kube-apiserver' || component.kind === 'kubelet') continue;
          if (allowed.from.minor > allowed.to.minor) continue;
          const at = (to: number) => {
            const moved = { ...component, version: { ...component.version, minor: to } };
            return breaks(
              moved,
              components.map(each => (each === component ? moved : each)),
            );
          };
          expect([at(allowed.from.minor), at(allowed.to.minor)]).toEqual([false, false]);
          expect([at(allowed.from.minor - 1), at(allowed.to.minor + 1)]).toEqual([true, true]);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
