import { type Static, Type } from '@sinclair/typebox';
import { formatPosition, formatPositions, type Position, type PositionVector } from '../wire/position.ts';
import { repeated } from './idempotency.ts';

/** Fields of the answer to every write that publishes. */
export const writtenFields = {
  position: Type.Optional(
    Type.String({
      description:
        '`epoch:offset` of what was published, in the channel that the matching list gives its position of; absent when nothing had to be published',
    }),
  ),
  positions: Type.Optional(
    // Eden takes the type of a record for `{}`.
    Type.Unsafe<Readonly<Record<string, string>>>(
      Type.Record(Type.String(), Type.String(), {
        description: 'by channel, where it was published on several that the caller reads',
      }),
    ),
  ),
  repeated,
};

const Written = Type.Object(writtenFields);
export type WrittenAt = Static<typeof Written>;

interface Published {
  readonly publications: readonly (Position & { readonly channel: string })[];
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

/** The positions of a snapshot, as its response names them: `epoch:offset` of one channel, a vector of several. */
export function snapshotAt(positions: PositionVector | Position): { readonly position: string } {
  return { position: 'offset' in positions ? formatPosition(positions) : formatPositions(positions) };
}
