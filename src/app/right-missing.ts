import type { Right } from '../cluster/looks.ts';
import { ClusterRefused } from './ports.ts';

/** RBAC is the reason: `right` is what it would have to grant. */
export class RightMissing extends ClusterRefused {
  readonly right: Right;

  constructor(message: string, right: Right, options?: ErrorOptions) {
    super(message, options);
    this.right = right;
  }
}
