/**
 * API objects as they travel, reduced to the fields that are read here. Everything may be missing. client-node's classes
 * fit these shapes as well: there a time is a Date, in plain JSON it is text.
 */
export type WireTime = string | Date;

export interface WireMeta {
  readonly name?: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: WireTime;
  readonly deletionTimestamp?: WireTime;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly ownerReferences?: readonly WireOwner[];
}

export interface WireOwner {
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
}

export interface WireObject {
  readonly metadata?: WireMeta;
}
