import type { SocketAddress } from '../../extension/addresses.ts';
import { skippedType } from '../../protocol/wire/publication.ts';
import { notificationsChannel } from './channels.ts';

/** Types that the team's clients tell by the type itself, or have no use for. */
const ownTypes = new Set(['notification', skippedType]);
const prefix = '{"type":';

const isFields = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * The socket of the team's clients: what channels carry has the type `broadcast`, and under `event` what it is;
 * notifications, which nobody has to subscribe to, have the type `notification`.
 */
export const teamSocket: SocketAddress = {
  path: '/ws',
  summary:
    'What channels carry has the type `broadcast` and under `event` its own; notifications come unasked, with the type `notification`',
  encode: ({ publication, text }) =>
    ownTypes.has(publication.type) ? text : `{"type":"broadcast","event":${text.slice(prefix.length)}`,
  // The mobile client puts who it is under `data`; what stands beside it goes before.
  reword: (frame) =>
    frame['type'] === 'auth' && isFields(frame['data']) ? { ...frame['data'], ...frame } : frame,
  autoSubscribe: ({ service }) => (service ? [] : [notificationsChannel]),
};
