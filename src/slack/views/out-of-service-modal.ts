import type { ModalView } from '@slack/types';
import { z } from 'zod';
import { modal, section, shortInput } from '../blocks.ts';
import {
  outOfServiceIntroduction,
  outOfServiceLimits,
  outOfServiceModalText,
  outOfServiceWarning,
} from '../text/en/orders.ts';
import { type Place, placeShape } from './place.ts';

/** What the modal sends when it is submitted. */
export const OUT_OF_SERVICE = 'run_out_of_service_node';
export const NODE = { block: 'node', action: 'node' } as const;
/** RFC 1123: the name of a node is that of a host. */
const LONGEST_NAME = 253;

/** Which node a modal was about, and where the person was; carried by the modal itself. */
interface Declaring extends Place {
  readonly node: string;
  readonly channel: string;
}

const declaring: z.ZodType<Declaring> = z.object({ ...placeShape, node: z.string(), channel: z.string() });

/** Throws where the metadata is not what this modal writes. */
export function readDeclaring(metadata: string): Declaring {
  return declaring.parse(JSON.parse(metadata));
}

/** The node's name is typed: nobody has pods deleted on another one by a slip of the hand. */
export function outOfServiceModal(about: Declaring): ModalView {
  const { title, close, submit: label, name } = outOfServiceModalText;
  const metadata = JSON.stringify(about);
  return modal({ title, close, submit: { label, callbackId: OUT_OF_SERVICE, metadata } }, [
    section(outOfServiceWarning(about.node)),
    section(outOfServiceIntroduction(about.node)),
    section(outOfServiceLimits()),
    shortInput(NODE.block, NODE.action, name, LONGEST_NAME),
  ]);
}
