import { joined, type Mrkdwn, mrkdwn } from './mrkdwn.ts';

export interface Room {
  /** What stands between two parts. */
  readonly separator: string;
  /** Characters of one page. */
  readonly size: number;
  readonly pages: number;
  /** What is said in the place of the parts that do not fit, in at most `MORE` characters. */
  readonly more: (left: number) => Mrkdwn;
}

const MORE = 60;

/**
 * Lays parts on pages, in their order and never torn; those that find no room are counted in the last line instead.
 * Every part is shorter than a page.
 */
export function paged(parts: readonly Mrkdwn[], { separator, size, pages, more }: Room): Mrkdwn[] {
  const full: Mrkdwn[] = [];
  let page: Mrkdwn | undefined;
  for (const [place, part] of parts.entries()) {
    const longer: Mrkdwn = page ? joined([page, part], separator) : part;
    if (longer.text.length <= roomFor(place)) {
      page = longer;
    } else if (full.length < pages - 1) {
      if (page) full.push(page);
      page = part;
    } else {
      return [...full, joined([...(page ? [page] : []), more(parts.length - place)], separator)];
    }
  }
  return page ? [...full, page] : full;

  function roomFor(place: number): number {
    const mayEndHere = full.length === pages - 1 && place < parts.length - 1;
    return mayEndHere ? size - MORE - separator.length : size;
  }
}

/** The same on one page; empty where there are no parts. */
export function fitted(parts: readonly Mrkdwn[], room: Omit<Room, 'pages'>): Mrkdwn {
  return paged(parts, { ...room, pages: 1 })[0] ?? mrkdwn``;
}
