import type { Published } from '../../db/publisher.ts';
import { writtenAt } from '../../protocol/schemas/written.ts';
import type { BroadcastReceipt } from './model.ts';

/** The answer to a broadcast. `channel` is the name for the caller, `wireNameOf` as `writtenAt` has it. */
export function receiptOf(
  channel: string,
  published: Published<unknown>,
  wireNameOf?: (channel: string) => string | undefined,
): BroadcastReceipt {
  const offset = published.publications[0]?.offset ?? 0;
  return {
    success: true,
    channel,
    offset,
    delivered: published.delivered,
    ...writtenAt(published, wireNameOf),
  };
}
