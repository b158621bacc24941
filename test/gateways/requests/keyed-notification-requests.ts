import type { TestService } from '../../support/services/service.ts';
import type { Requests } from './keyed-request.ts';

interface Mailbox {
  readonly path: string;
  /** The owner of the notifications. */
  readonly headers: Readonly<Record<string, string>>;
  /** Sends one, and returns its id. */
  readonly send: (service: TestService) => Promise<string>;
}

const text = { title: 'Call', message: 'Please call back.' };

/** Sends a notification, and returns what its owner then finds first. */
async function sent(service: TestService, box: Omit<Mailbox, 'send'>, path: string, body: object) {
  const answer = await service.post(path, body);
  if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
  const { body: list } = await service.get(box.path, box.headers);
  const [first] = (list as { readonly data: readonly Readonly<Record<string, unknown>>[] }).data;
  return String(first?.['notificationId'] ?? first?.['id']);
}

const barangay = { path: '/api/barangay/notifications', headers: { 'x-user-id': 'resident7' } };
const clinic = { path: '/api/clinic/notifications', headers: { 'x-user-id': 'asha1', 'x-role': 'asha' } };

const venues = { path: '/api/notifications', headers: { 'x-user-id': 'user-456' } };

const boxes: readonly Mailbox[] = [
  {
    ...barangay,
    send: (service) =>
      sent(service, barangay, '/ws/broadcast/notification', { userId: 'resident7', notification: text }),
  },
  { ...clinic, send: (service) => sent(service, clinic, clinic.path, { userId: 'asha1', ...text }) },
  {
    ...venues,
    send: (service) => {
      const command = { action: 'notify', userId: 'user-456', data: text };
      return sent(service, { ...venues, path: `${venues.path}/inbox` }, '/api/websocket', command);
    },
  },
];

/** Two requests, each about a notification of its own. */
const onTwo =
  ({ path, headers, send }: Mailbox, action: string): Requests =>
  async (service) => {
    const request = async () => ({ path: `${path}/${await send(service)}${action}`, headers });
    return [await request(), await request()];
  };

export const keyedNotificationRequests: Readonly<Record<string, Requests>> = Object.fromEntries(
  boxes.flatMap((box) => [
    [`POST ${box.path}/{id}/read`, onTwo(box, '/read')],
    [`DELETE ${box.path}/{id}`, onTwo(box, '')],
  ]),
);
