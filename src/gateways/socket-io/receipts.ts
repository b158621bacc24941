import type { OwnFrame } from '../../protocol/frames/own-frames.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import type { SocketIoHost } from './host.ts';

/**
 * The frame that the acknowledgement of a publication stands for, by its offset; undefined where the session has no such
 * publication any more. Rejects as the log does.
 */
export async function receiptFrame(
  { manager, receipts }: Pick<SocketIoHost, 'manager' | 'receipts'>,
  { principal }: Session,
  offset: number,
): Promise<OwnFrame | undefined> {
  if (!principal) return undefined;
  for (const [type, { channel, frame }] of receipts) {
    const { name } = manager.namespaces.resolve(channel, principal);
    const publication = await manager.reader.publication(name, offset);
    if (publication?.type === type) return frame(JSON.parse(publication.data));
  }
  return undefined;
}
