import type { WrittenAt } from '../../protocol/schemas/written.ts';
import { formatPosition } from '../../protocol/wire/position.ts';
import type { Appended } from '../ports/event-log.ts';

interface Published {
  readonly publications: readonly Appended[];
  readonly repeated: boolean;
}

/**
 * The publications of a write, as its response names them. `wireNameOf` maps a channel of the log to its name for the
 * caller, or to undefined for a channel the caller does not read; `position` is that of the first channel that is left.
 * `positions` names each of several.
 */
export function writtenAt(
  { publications, repeated }: Published,
  wireNameOf: (channel: string) => string | undefined = (channel) => channel,
): WrittenAt {
  // The last publication of a channel counts.
  const positions = new Map<string, string>();
  for (const publication of publications) {
    const channel = wireNameOf(publication.channel);
    if (channel !== undefined) positions.set(channel, formatPosition(publication));
  }
  const [position] = positions.values();
  return {
    ...(position !== undefined && { position }),
    ...(positions.size > 1 && { positions: Object.fromEntries(positions) }),
    ...(repeated && { repeated }),
  };
}
