import { AppError } from '../../../errors.ts';
import { writtenAt } from '../../../protocol/schemas/written.ts';
import { channelSegments } from '../../../protocol/wire/channel-name.ts';
import type { RealtimeManager } from '../../../realtime/manager.ts';
import type { Principal } from '../../../realtime/principal.ts';
import type { RequestKey } from '../../../realtime/publishing/idempotency.ts';
import { publicationKey } from '../../../realtime/publishing/publication-key.ts';
import { publicTypes } from '../channels.ts';
import type { Command, WriteReceipt } from '../model.ts';
import type { NotificationService } from './notification-service.ts';

/** The operations that the team's backends do by hand: looking at the sockets, and publishing. */
export class ControlService {
  readonly #manager: RealtimeManager;
  readonly #notifications: NotificationService;

  constructor(manager: RealtimeManager, notifications: NotificationService) {
    this.#manager = manager;
    this.#notifications = notifications;
  }

  status() {
    const { sessions, channels } = this.#manager;
    return {
      success: true as const,
      status: 'running' as const,
      connectedClients: sessions.size,
      subscriptions: channels.subscriptions,
      activeChannels: channels.namespaces(),
      timestamp: new Date().toISOString(),
    };
  }

  /** Throws `unknown_channel` for what is no channel of venues, `not_found` for a user there is not, `conflict`. */
  async run(command: Command, by: Principal, requestKey?: RequestKey): Promise<WriteReceipt> {
    if (command.action === 'notify') {
      return this.#notifications.notify(command.userId, command.data, by, requestKey);
    }
    const { channel, data, excludeUserId } = command;
    const type = publicTypes[channelSegments(channel)[0]];
    if (type === undefined) throw new AppError('unknown_channel', `Venues have no channel ${channel}.`);
    await this.#manager.namespaces.readable(channel, by);
    const { publication, delivered } = await this.#manager.publish({
      channel,
      type,
      data,
      ...(!by.service && { sourceUserId: by.userId }),
      ...(excludeUserId !== undefined && { exclude: `user:${excludeUserId}` }),
      ...(requestKey && { idempotencyKey: publicationKey(requestKey.key, by) }),
    });
    const { offset, repeated = false } = publication;
    return {
      success: true,
      channel,
      offset,
      delivered,
      ...writtenAt({ publications: [publication], repeated }),
    };
  }
}
