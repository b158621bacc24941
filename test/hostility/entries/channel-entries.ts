import type { Entry } from '../fuzz.ts';
import { mutatedJson, pick } from '../mutate.ts';
import { parameter, type Request, sendAll, strangeHeaders, strangeQuery } from './http-entries.ts';

export interface ChannelTarget {
  readonly url: string;
  readonly identities: readonly Readonly<Record<string, string>>[];
  readonly channelId: string;
  readonly messageId: string;
}

const attachment = { name: 'a.pdf', mimeType: 'application/pdf', size: 9, reference: 'trips/a.pdf' };

/** The parts that each route of group channels takes: a method, an action on the channel and a body. */
const writes = ({ messageId }: ChannelTarget): readonly [string, string, Record<string, unknown>][] => [
  ['PUT', '', { name: 'n', description: 'd', visibility: 'open' }],
  ['POST', '/join', {}],
  ['POST', '/leave', {}],
  ['PUT', '/members/user2-uuid', { role: 'member' }],
  ['DELETE', '/members/user2-uuid', {}],
  [
    'POST',
    '/messages',
    { body: 'b', messageId: crypto.randomUUID(), replyTo: messageId, attachments: [attachment] },
  ],
  ['PUT', `/messages/${messageId}`, { body: 'c' }],
  ['PUT', `/messages/${messageId}/reactions`, { emoji: '👍', present: true }],
  ['POST', '/read', { messageId }],
];

/** Frames that do the same. */
export const channelFrames = ({
  channelId,
  messageId,
}: ChannelTarget): readonly Record<string, unknown>[] => [
  { type: 'subscribe', channel: `school_channel:${channelId}` },
  { type: 'channel_create', name: 'n', description: 'd', visibility: 'closed', schoolId: 'school-uuid' },
  { type: 'channel_join', channelId },
  { type: 'channel_leave', channelId },
  { type: 'channel_member', channelId, userId: 'user2-uuid', role: 'member' },
  { type: 'channel_remove_member', channelId, userId: 'user2-uuid' },
  { type: 'channel_send', channelId, body: 'b', replyTo: messageId, attachments: [attachment] },
  { type: 'channel_edit', channelId, messageId, body: 'c' },
  { type: 'channel_delete', channelId, messageId },
  { type: 'channel_react', channelId, messageId, emoji: '👍', present: false },
  { type: 'channel_read', channelId, messageId },
];

/** Ways into group channels over HTTP. */
export function channelEntries(target: ChannelTarget): readonly Entry<Request>[] {
  const { url, identities, channelId } = target;
  const base = '/api/v1/realtime/channels';
  const send = (requests: readonly Request[]) => sendAll(url, requests);
  return [
    {
      name: 'writes to group channels',
      weight: 3,
      send,
      generate(random) {
        const [method, action, body] = pick(random, writes(target));
        const headers = {
          ...strangeHeaders(random, pick(random, identities)),
          'content-type': 'application/json',
        };
        const isNew = method === 'POST' && random() < 0.1;
        const path = isNew ? base : `${base}/${parameter(random, channelId)}${action}`;
        return { method, path, headers, body: mutatedJson(random, isNew ? { name: 'n' } : body) };
      },
    },
    {
      name: 'reads of group channels',
      weight: 1,
      send,
      generate(random) {
        const query = strangeQuery(random, { limit: '2', cursor: 'AAAA', before: '7', joined: 'true' });
        const action = pick(random, ['', '/members', '/messages']);
        const path = random() < 0.3 ? base : `${base}/${parameter(random, channelId)}${action}`;
        return {
          method: 'GET',
          path: `${path}?${query}`,
          headers: strangeHeaders(random, pick(random, identities)),
        };
      },
    },
  ];
}
