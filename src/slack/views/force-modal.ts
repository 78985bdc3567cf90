import type { ModalView } from '@slack/types';
import { z } from 'zod';
import type { FoundBlockers } from '../../app/bot-use-cases.ts';
import { choice, modal, SECTION, section, shortInput } from '../blocks.ts';
import { fitted } from '../fit.ts';
import { blockerLines } from '../text/en/blocked.ts';
import { forceIntroduction, forceModalText } from '../text/en/orders.ts';
import { andMore } from '../text/en/words.ts';
import { type Place, placeShape } from './place.ts';

/** What the modal sends when it is submitted. */
export const FORCE = 'blocked_force_pod';
export const POD = { block: 'pod', action: 'pod' } as const;
export const NAME = { block: 'name', action: 'name' } as const;
/** Of a pod, with its namespace before it. */
const LONGEST_NAME = 320;

/** Which drain a modal was about, and where the person was; carried by the modal itself. */
interface Forcing extends Place {
  readonly channel: string;
}

const forcing: z.ZodType<Forcing> = z.object({ ...placeShape, channel: z.string() });

/** Throws where the metadata is not what this modal writes. */
export function readForcing(metadata: string): Forcing {
  return forcing.parse(JSON.parse(metadata));
}

/** What an option shows; undefined where there was no room for all of it. */
export function wholeName(option: string): string | undefined {
  return option.endsWith('…') ? undefined : option;
}

/** One pod is chosen and its name typed: nobody deletes by a slip of the hand. */
export function forceModal(
  place: Forcing,
  { node, blockers }: Extract<FoundBlockers, { readonly kind: 'blocked' }>,
): ModalView {
  const { title, close, submit: label, pod, name } = forceModalText;
  const metadata = JSON.stringify(place);
  return modal({ title, close, submit: { label, callbackId: FORCE, metadata } }, [
    section(forceIntroduction(node)),
    section(fitted(blockerLines(blockers), { separator: '\n', size: SECTION, more: andMore })),
    choice(
      POD.block,
      POD.action,
      pod,
      blockers.map(each => ({ text: each.pod, value: each.uid })),
    ),
    shortInput(NAME.block, NAME.action, name, LONGEST_NAME),
  ]);
}
