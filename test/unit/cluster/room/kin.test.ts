import type { PodView } from '../../../../src/cluster/snapshot.ts';
import { asking, node, place, ROOM } from './small-world.ts';

const EMPTY = { ...ROOM, cpuMilli: 4_000, memoryBytes: 4_000 };

function of(uid: string, name: string, on: string, cpuMilli = 100): PodView {
  return asking(name, cpuMilli, { node: on, controller: { kind: 'ReplicaSet', name: uid, uid } });
}

/** Where the pods of w-1 are once it was drained; unless others are given, w-2 is the emptiest node but for them. */
function homes(pods: readonly PodView[], nodes = ['w-1', 'w-2', 'w-3'].map(name => node(name))) {
  const placement = place({ nodes, pods: [...pods, of('load', 's-load', 'w-3', 300)] });
  placement.drain(['w-1']);
  const settled = [...placement.settled()].flatMap(([name, there]) => there.map(pod => `${pod.name} on ${name}`));
  return settled.filter(words => words.startsWith('m')).sort();
}

describe('pods of one controller', () => {
  it('go where none of the others is, though another node is emptier', () => {
    expect(homes([of('a', 'm', 'w-1'), of('a', 'other', 'w-2')])).toEqual(['m on w-3']);
    expect(homes([of('b', 'm', 'w-1'), of('a', 'other', 'w-2')])).toEqual(['m on w-2']);
  });

  it('keep away from those as well that no drain evicts', () => {
    expect(homes([of('a', 'm', 'w-1'), of('a', 's-other', 'w-2')])).toEqual(['m on w-3']);
  });

  it('part when they leave one node together', () => {
    expect(homes([of('a', 'm1', 'w-1'), of('a', 'm2', 'w-1')])).toEqual(['m1 on w-2', 'm2 on w-3']);
  });

  it('go where others are rather than nowhere', () => {
    const full = of('b', 's-full', 'w-3', 700);
    expect(homes([of('a', 'm', 'w-1'), of('a', 'other', 'w-2'), full])).toEqual(['m on w-2']);
  });

  it('go to the emptiest of very many nodes where nearly all have others of them', () => {
    const names = Array.from({ length: 100 }, (_, n) => `x-${n}`);
    const others = names.map(name => of('a', `on-${name}`, name));
    const nodes = [node('w-1'), ...names.map(name => node(name)), node('best', { allocatable: EMPTY })];
    expect(homes([of('a', 'm', 'w-1'), ...others, of('a', 'on-best', 'best')], nodes)).toEqual(['m on best']);
  });

  it('without a controller keep away from nobody', () => {
    const alone = { controller: undefined };
    const pods = [asking('m', 100, alone), asking('other', 100, { ...alone, node: 'w-2' })];
    expect(homes(pods)).toEqual(['m on w-2']);
  });
});
