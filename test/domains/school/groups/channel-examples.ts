import { type Call, callerOf, type Example } from '../../../gateways/documents/openapi-examples.ts';
import type { TestService } from '../../../support/services/service.ts';

const base = '/api/v1/realtime/channels';
const teacher = { user: 'user-uuid', role: 'teacher' };
const parent = { user: 'user1-uuid', role: 'parent' };
const none = crypto.randomUUID();
const thumb = { emoji: '👍', present: true };

/** For each route of group channels, requests that bring about every status, but those that all refuse alike. */
export async function channelExamples(
  school: TestService,
): Promise<Readonly<Record<string, readonly Example[]>>> {
  const post = callerOf(school, 'POST');
  const made = async (path: string, body: object, who = teacher) =>
    ((await (await post(path, { ...who, body })).json()) as { data: Record<string, string> }).data;
  const open = async (name: string) => `${base}/${(await made(base, { name }))['channelId']}`;
  const [live, spare, archived] = [await open('live'), await open('spare'), await open('archived')];
  await post(`${live}/join`, parent);
  const said = (await made(`${live}/messages`, { body: 'x' }))['messageId'];
  const removed = (await made(`${live}/messages`, { body: 'x' }))['messageId'];
  const old = (await made(`${archived}/messages`, { body: 'x' }))['messageId'];
  const remove = callerOf(school, 'DELETE');
  await remove(`${live}/messages/${removed}`, teacher);
  await remove(archived, teacher);

  /** The calls for one channel: done, by a stranger, of none, of an archived one, of a name that is none. */
  const onChannel = (action: string, who = teacher, body?: object, on = live): readonly Example[] => {
    const caller = { ...who, ...(body && { body }) };
    return [
      (call: Call) => call(`${on}${action}`, caller),
      (call: Call) => call(`${on}${action}`, body ? { body } : {}),
      (call: Call) => call(`${base}/${none}${action}`, caller),
      (call: Call) => call(`${archived}${action}`, caller),
      (call: Call) => call(`${base}/1${action}`, caller),
    ];
  };
  const onMessage = (action: string, body?: object): readonly Example[] => [
    ...[`${live}/messages/${said}`, `${live}/messages/${none}`, `${archived}/messages/${old}`].map(
      (path) => (call: Call) => call(`${path}${action}`, { ...teacher, ...(body && { body }) }),
    ),
    (call) => call(`${live}/messages/${said}${action}`, body ? { body } : {}),
    (call) => call(`${live}/messages/1${action}`, { ...teacher, ...(body && { body }) }),
  ];
  return {
    [`GET ${base}`]: [
      (call) => call(base, teacher),
      (call) => call(base),
      (call) => call(`${base}?limit=0`, teacher),
    ],
    [`POST ${base}`]: [
      (call) => call(base, { ...teacher, body: { name: 'n' } }),
      (call) => call(base, { ...parent, body: { name: 'n' } }),
      (call) => call(base, { service: true, body: { name: 'n', schoolId: 'none' } }),
    ],
    [`GET ${base}/{id}`]: onChannel(''),
    [`PUT ${base}/{id}`]: onChannel('', teacher, { name: 'n' }),
    [`DELETE ${base}/{id}`]: onChannel('', teacher, undefined, spare),
    [`POST ${base}/{id}/join`]: onChannel('/join', parent),
    [`POST ${base}/{id}/leave`]: [
      ...onChannel('/leave', { user: 'user2-uuid', role: 'parent' }),
      // The last owner of others.
      (call) => call(`${live}/leave`, teacher),
    ],
    [`GET ${base}/{id}/members`]: onChannel('/members'),
    [`PUT ${base}/{id}/members/{userId}`]: onChannel('/members/user2-uuid', teacher, { role: 'member' }),
    [`DELETE ${base}/{id}/members/{userId}`]: onChannel('/members/student-1'),
    [`GET ${base}/{id}/messages`]: onChannel('/messages'),
    [`POST ${base}/{id}/messages`]: onChannel('/messages', teacher, { body: 'x' }),
    [`PUT ${base}/{id}/messages/{messageId}/reactions`]: onMessage('/reactions', thumb),
    [`POST ${base}/{id}/read`]: [
      ...onChannel('/read', teacher, { messageId: said }),
      (call) => call(`${live}/read`, { ...teacher, body: { messageId: none } }),
    ],
    [`PUT ${base}/{id}/messages/{messageId}`]: onMessage('', { body: 'y' }),
    [`DELETE ${base}/{id}/messages/{messageId}`]: onMessage(''),
  };
}
