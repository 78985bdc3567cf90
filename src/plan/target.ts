import { type Calendar, newestMinor, newestPatch } from '../version/calendar.ts';
import {
  compareVersions,
  formatVersion,
  type KubernetesVersion,
  type Minor,
  minorsBetween,
} from '../version/kubernetes-version.ts';
import { type Missing, missingVersion, noSuchMinor } from './missing-version.ts';
import type { Target } from './request.ts';
import { apiservers, type Scope } from './scope.ts';
import { kubernetesVersions, type Standing } from './standing.ts';

/** The request cannot be planned: why, and what would work. */
export interface Refusal {
  readonly kind: 'refused';
  readonly sentence: string;
  readonly instead: string;
}

export type Resolution = { readonly kind: 'version'; readonly version: KubernetesVersion } | Refusal;

/** Turns what was asked into one version that exists and that this cluster may go to. */
export function resolveTarget(target: Target, scope: Scope, standing: Standing, calendar: Calendar): Resolution {
  const running = kubernetesVersions(standing);
  const inScope = versionsOf(scope);
  const base = oldest(inScope);
  const top = newest([...apiservers(standing), ...controlPlaneVersions(scope)]) ?? newest(inScope);
  if (!base || !top) {
    return refuse(
      'No node that this is about can take part: there is none, or none is Ready with a readable version.',
      'Bring nodes back first, or plan for all kinds of nodes.',
    );
  }
  const world: World = { base, top, running, calendar, inScope, ceiling: scope.ceiling };
  const chosen = choose(target, world);
  if (chosen.kind === 'refused') return chosen;
  const { version } = chosen;
  return (
    refuseOlder(version, world) ??
    refuseAboveCeiling(version, world) ??
    refusePrerelease(target, version, world) ??
    chosen
  );
}

interface World {
  readonly base: KubernetesVersion;
  /** The newest control-plane component. */
  readonly top: KubernetesVersion;
  readonly running: readonly KubernetesVersion[];
  readonly calendar: Calendar;
  readonly inScope: readonly KubernetesVersion[];
  readonly ceiling: KubernetesVersion | undefined;
}

function choose(target: Target, world: World): Resolution {
  switch (target.kind) {
    case 'next':
      return resolved(nextOf(world));
    case 'patch':
      return resolved(capped(newestIn(world.top, world), world));
    case 'latest':
      return resolved(capped(newestIn(latestMinor(world), world), world));
    case 'minor':
      return chooseMinor(target.minor, world);
    case 'version':
      return chooseVersion(target.version, world);
  }
}

/**
 * The minor after the oldest; where the control plane is already there, its own version: the rest catches up first. A
 * pre-release goes to the release of its own minor before anything else: nobody tries the way from it to the next one.
 */
function nextOf(world: World): KubernetesVersion {
  const { base, top } = world;
  const after: Minor = { major: base.major, minor: base.minor + 1 };
  if (top.prerelease !== undefined || base.prerelease !== undefined) return capped(newestIn(top, world), world);
  if (minorsBetween(top, base) > 0) return capped(top, world);
  return capped(newestPatch(world.calendar, after, world.running) ?? newestIn(base, world), world);
}

function chooseMinor(minor: Minor, world: World): Resolution {
  const found = newestPatch(world.calendar, minor, world.running);
  if (!found) return refuseMissing(noSuchMinor(minor, world.calendar), world);
  const atCeiling = world.ceiling !== undefined && minorsBetween(world.ceiling, minor) === 0;
  return resolved(atCeiling ? capped(found, world) : found);
}

function chooseVersion(asked: KubernetesVersion, world: World): Resolution {
  // A vendor's suffix names a build, not a version that a package repository could be asked for.
  const { vendor: _, ...version } = asked;
  const runs = world.running.some(seen => compareVersions(seen, version) === 0);
  const missing = runs ? undefined : missingVersion(version, world.calendar);
  return missing ? refuseMissing(missing, world) : resolved(version);
}

/** Workers alone stop at the control plane's version; nodes that are already ahead of it by a patch stay. */
function capped(version: KubernetesVersion, { ceiling }: World): KubernetesVersion {
  return ceiling && compareVersions(version, ceiling) > 0 ? ceiling : version;
}

function latestMinor({ calendar, top }: World): Minor {
  const { minor } = newestMinor(calendar);
  return minorsBetween(top, minor) > 0 ? top : minor;
}

function newestIn(minor: Minor, { calendar, running, base }: World): KubernetesVersion {
  return newestPatch(calendar, minor, running) ?? base;
}

function refuseOlder(version: KubernetesVersion, world: World): Refusal | undefined {
  const name = formatVersion(version);
  if (compareVersions(version, world.top) < 0 && world.ceiling === undefined) {
    return refuse(
      `${name} is older than the control plane, which already runs ${formatVersion(world.top)}: Kubernetes cannot be downgraded.`,
      whatWorks(world),
    );
  }
  const ahead = newest(world.inScope);
  const capped = world.ceiling && compareVersions(version, world.ceiling) === 0;
  if (!capped && ahead && compareVersions(version, ahead) < 0) {
    return refuse(
      `${name} is older than the kubelet of at least one node, which already runs ${formatVersion(ahead)}: Kubernetes cannot be downgraded.`,
      whatWorks(world),
    );
  }
  return undefined;
}

function refuseAboveCeiling(version: KubernetesVersion, world: World): Refusal | undefined {
  if (!world.ceiling || compareVersions(version, world.ceiling) <= 0) return undefined;
  return refuse(
    `Workers cannot go to ${formatVersion(version)} while the control plane runs ${formatVersion(world.ceiling)}: a kubelet may never be newer than its kube-apiserver.`,
    `Upgrade the control plane first, or ask for ${formatVersion(world.ceiling)}.`,
  );
}

/** What `next`, `patch` and `latest` come to while a part of the cluster runs a pre-release whose release is not out. */
function refusePrerelease({ kind }: Target, version: KubernetesVersion, world: World): Refusal | undefined {
  const isBehind = world.inScope.some(each => compareVersions(each, version) < 0);
  if (version.prerelease === undefined || kind === 'version' || !isBehind) return undefined;
  const name = formatVersion(version);
  return refuse(
    `A part of the cluster runs ${name}, a pre-release, which the repositories of stable packages do not have, so the rest cannot follow it.`,
    world.ceiling
      ? 'Upgrade the control plane to a release first.'
      : `Wait for the release, or name ${name} itself where your repository has it.`,
  );
}

function refuseMissing({ sentence, nearest }: Missing, world: World): Refusal {
  return refuse(sentence, `The nearest that exists is ${formatVersion(nearest)}. ${whatWorks(world)}`);
}

function whatWorks(world: World): string {
  const offers = [
    { word: 'next', version: nextOf(world) },
    { word: 'patch', version: capped(newestIn(world.top, world), world) },
    { word: 'latest', version: capped(newestIn(latestMinor(world), world), world) },
  ].filter(({ version }) => compareVersions(version, world.top) > 0 || compareVersions(version, world.base) > 0);
  if (offers.length === 0) {
    return world.ceiling
      ? `The nodes that were asked about are as new as the control plane, ${formatVersion(world.ceiling)}, and may not pass it.`
      : `This cluster already runs the newest version known, ${formatVersion(world.top)}.`;
  }
  return `What would work: ${offers.map(({ word, version }) => `${word} (${formatVersion(version)})`).join(', ')}.`;
}

function refuse(sentence: string, instead: string): Refusal {
  return { kind: 'refused', sentence, instead };
}

function resolved(version: KubernetesVersion): Resolution {
  const { vendor: _, ...plain } = version;
  return { kind: 'version', version: plain };
}

function controlPlaneVersions(scope: Scope): KubernetesVersion[] {
  return scope.controlPlane.flatMap(({ controlPlane }) => (controlPlane ? [controlPlane] : []));
}

function versionsOf(scope: Scope): KubernetesVersion[] {
  return [...controlPlaneVersions(scope), ...[...scope.controlPlane, ...scope.workers].map(({ kubelet }) => kubelet)];
}

function oldest(versions: readonly KubernetesVersion[]): KubernetesVersion | undefined {
  return versions.reduce<KubernetesVersion | undefined>((a, b) => (a && compareVersions(a, b) <= 0 ? a : b), undefined);
}

function newest(versions: readonly KubernetesVersion[]): KubernetesVersion | undefined {
  return versions.reduce<KubernetesVersion | undefined>((a, b) => (a && compareVersions(a, b) >= 0 ? a : b), undefined);
}
