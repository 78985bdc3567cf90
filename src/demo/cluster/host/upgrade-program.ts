import { formatVersion } from '../../../version/kubernetes-version.ts';
import type { Pod } from '../store/objects.ts';
import type { Host } from './host.ts';
import { type Follower, HostUnit, type Step } from './host-unit.ts';
import { stepsOf, type UpgradeWorld } from './upgrade-steps.ts';
import { type UpgradeWork, upgradeWorkOf } from './upgrade-work.ts';

/** What an upgrade Job's container does; undefined for every other pod. Returns how to stop following. */
export function startUpgrade(pod: Pod, host: Host, world: UpgradeWorld, follower: Follower): (() => void) | undefined {
  const work = upgradeWorkOf(pod);
  if (work === undefined) return undefined;
  if (typeof work === 'string') return refuse(follower, '', work);
  const known = host.units.get(work.id);
  if (known) return known.follow(follower);
  const other = [...host.units].find(([, unit]) => unit.running);
  if (other && !work.preflightOnly) {
    world.offence(`${work.id} was started on ${host.name} while ${other[0]} was still at work.`);
    return refuse(follower, work.id, `${other[0]} is still at work on ${host.name}.`);
  }
  const unit = new HostUnit(world.sim.clock, (step, rc, reason) => verdict(work, step, rc, reason));
  host.units.set(work.id, unit);
  const stop = unit.follow(follower);
  unit.start([...(other ? [untilOver(...other)] : []), ...stepsOf(work, host, world)]);
  return stop;
}

/** Each unit has to have the host's lock first. Whoever only asks may wait for it. */
function untilOver(id: string, unit: HostUnit): Step {
  return {
    name: 'preflight',
    seconds: 0,
    lines: [`waiting for ${id} to stop on this host`],
    wait: proceed => {
      unit.follow({ line: () => undefined, ended: proceed });
    },
  };
}

function refuse({ line, ended }: Follower, work: string, reason: string): () => void {
  line(`error: ${reason}`);
  ended({ exitCode: 1, message: JSON.stringify({ work, step: 'start', rc: 1, reason }) });
  return () => undefined;
}

function verdict({ id, phase, to }: UpgradeWork, step: string, rc: number, reason: string): string {
  const sentence = reason.split('\n').at(-1) ?? '';
  return JSON.stringify({ work: id, phase, to: formatVersion(to), step, rc, reason: sentence });
}
