import type { TestService } from '../../support/services/service.ts';
import { created, type Requests } from './keyed-request.ts';

const channels = '/api/v1/realtime/channels';
const teacher = { 'x-user-id': 'user-uuid', 'x-role': 'teacher' };
const parent = { 'x-user-id': 'user1-uuid', 'x-role': 'parent' };

const open = async (service: TestService) => {
  const { channelId = '' } = await created(service, channels, { name: 'Grade 7' }, teacher);
  return `${channels}/${channelId}`;
};
const message = async (service: TestService, path: string) =>
  (await created(service, `${path}/messages`, { body: 'Hello' }, teacher))['messageId'] ?? '';
const joined = async (service: TestService) => {
  const path = await open(service);
  await created(service, `${path}/join`, {}, parent);
  return path;
};

/** The same on two channels: what differs is the path. */
const onTwo =
  (prepare: (service: TestService) => Promise<string>, action: string, headers = teacher): Requests =>
  async (service) => [
    { path: `${await prepare(service)}${action}`, headers },
    { path: `${await prepare(service)}${action}`, headers },
  ];

/** The same on one channel: what differs is the body. */
const onOne =
  (action: (service: TestService, path: string) => Promise<string>, body: object, other: object): Requests =>
  async (service) => {
    const path = await open(service);
    const whole = `${path}${await action(service, path)}`;
    return [
      { path: whole, body, headers: teacher },
      { path: whole, body: other, headers: teacher },
    ];
  };

const onMessage = (action: string, body: object, other: object) =>
  onOne(async (service, path) => `/messages/${await message(service, path)}${action}`, body, other);

/** The requests of the routes of group channels. */
export const keyedChannelRequests: Readonly<Record<string, Requests>> = {
  [`POST ${channels}`]: async () => [
    { path: channels, body: { name: 'One' }, headers: teacher },
    { path: channels, body: { name: 'Two' }, headers: teacher },
  ],
  [`PUT ${channels}/{id}`]: onOne(async () => '', { name: 'One' }, { name: 'Two' }),
  [`DELETE ${channels}/{id}`]: onTwo(open, ''),
  [`POST ${channels}/{id}/join`]: onTwo(open, '/join', parent),
  [`POST ${channels}/{id}/leave`]: onTwo(joined, '/leave', parent),
  [`PUT ${channels}/{id}/members/{userId}`]: onOne(
    async () => '/members/user1-uuid',
    { role: 'member' },
    { role: 'moderator' },
  ),
  [`DELETE ${channels}/{id}/members/{userId}`]: onTwo(joined, '/members/user1-uuid'),
  [`POST ${channels}/{id}/messages`]: onOne(async () => '/messages', { body: 'One' }, { body: 'Two' }),
  [`PUT ${channels}/{id}/messages/{messageId}`]: onMessage('', { body: 'One' }, { body: 'Two' }),
  [`DELETE ${channels}/{id}/messages/{messageId}`]: async (service) => {
    const path = await open(service);
    const one = async () => ({ path: `${path}/messages/${await message(service, path)}`, headers: teacher });
    return [await one(), await one()];
  },
  [`PUT ${channels}/{id}/messages/{messageId}/reactions`]: onMessage(
    '/reactions',
    { emoji: '👍', present: true },
    { emoji: '👍', present: false },
  ),
  [`POST ${channels}/{id}/read`]: async (service) => {
    const path = await open(service);
    const one = async () => ({
      path: `${path}/read`,
      body: { messageId: await message(service, path) },
      headers: teacher,
    });
    return [await one(), await one()];
  },
};
