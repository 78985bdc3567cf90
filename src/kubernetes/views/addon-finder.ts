import { type AddonView, addonOf } from '../../cluster/addons.ts';
import type { WirePod } from './wire.ts';

/** Gathers the add-ons that run, each version once. Thousands of pods share few images: each is judged once. */
export function createAddonFinder() {
  const judged = new Map<string, AddonView | undefined>();
  return {
    look({ spec, status }: WirePod): void {
      if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return;
      for (const { image } of spec?.containers ?? [])
        if (image !== undefined && !judged.has(image)) judged.set(image, addonOf(image));
    },
    found(): readonly AddonView[] {
      const all = [...judged.values()].filter(addon => addon !== undefined);
      return [...new Map(all.map(addon => [`${addon.image}:${addon.version}`, addon])).values()];
    },
  };
}
