import type { Published } from '../../db/log/transaction.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import { writtenAt } from '../../realtime/publishing/written.ts';
import type { BroadcastReceipt } from './model.ts';

/** Delivers what was published, and says so. `channel` is the name for the caller. */
export function announceAll(
  manager: RealtimeManager,
  channel: string,
  published: Omit<Published<unknown>, 'result'>,
): BroadcastReceipt {
  const receipts = manager.announce(published.publications);
  const offset = published.publications[0]?.offset ?? 0;
  const delivered = receipts.reduce((sum, receipt) => sum + receipt.delivered, 0);
  return { success: true, channel, offset, delivered, ...writtenAt(published) };
}
