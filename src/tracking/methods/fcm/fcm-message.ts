import type { EventData, OutgoingDelivery } from '../../../extension/delivery-method.ts';
import { eventsChannel } from '../../channels.ts';
import { type Priority, priorities } from '../../statuses.ts';
import { messageId } from '../outside.ts';
import { type PushedEvent, pushedEvents, secondsLeft } from '../pushed-event.ts';
import type { RegisteredDevice } from './devices.ts';

/** FCM takes 4,096 bytes of data. */
const maxDataBytes = 3_900;
const millisecondsOfSecond = 1_000;

/**
 * A `Message` of the HTTP v1 API. It carries data alone, so that the app decides what to show: the event, and the channel
 * whose missed publications the app fetches by its position. A message that was not delivered yet is replaced by the
 * next of the channel, which leads to the same publications.
 */
export function fcmMessage(delivery: OutgoingDelivery, device: RegisteredDevice, now: number): object {
  const { event } = delivery;
  const message = { token: device.token, data: dataOf(event) };
  const seconds = secondsLeft(event, now);
  switch (device.platform) {
    case 'android': {
      const priority = wakes(event) ? 'HIGH' : 'NORMAL';
      return { ...message, android: { collapse_key: eventsChannel, priority, ttl: `${seconds}s` } };
    }
    case 'ios':
      return { ...message, apns: apnsOf(delivery, Math.floor(now / millisecondsOfSecond) + seconds) };
    case 'web': {
      const headers = {
        TTL: String(seconds),
        Urgency: wakes(event) ? 'high' : 'normal',
        Topic: eventsChannel,
      };
      return { ...message, webpush: { headers } };
    }
  }
}

const rankOf = ({ priority }: EventData) => priorities.indexOf(priority as Priority);
/** A push of low priority is not shown: the app fetches it and says nothing. */
const isShown = (event: EventData) => rankOf(event) > priorities.indexOf('low');
/** High priority wakes a sleeping phone, and Firebase takes it away from apps that show nothing then. */
const wakes = (event: EventData) => rankOf(event) >= priorities.indexOf('high');

function apnsOf(delivery: OutgoingDelivery, expiration: number): object {
  const { event } = delivery;
  const { title, message: body } = event;
  const shown = isShown(event);
  // An alert replaces its own repetition alone; a silent push any other of the channel.
  const collapseId = shown ? messageId(delivery) : eventsChannel;
  const headers = {
    'apns-push-type': shown ? 'alert' : 'background',
    'apns-priority': wakes(event) ? '10' : '5',
    'apns-expiration': String(expiration),
    'apns-collapse-id': collapseId,
  };
  const short = body.length > 200 ? `${body.slice(0, 200)}…` : body;
  const alert = { alert: { title, body: short }, 'mutable-content': 1, 'thread-id': eventsChannel };
  return { headers, payload: { aps: { 'content-available': 1, ...(shown && alert) } } };
}

/** The names and values are texts, and none of the names that FCM keeps for itself. */
function dataOf(event: EventData): Readonly<Record<string, string>> {
  const common = { type: 'realtime_event', channel: eventsChannel, shown: String(isShown(event)) };
  const all = pushedEvents(event).map((pushed) => ({ ...common, ...textsOf(pushed) }));
  return (
    all.find((data) => Buffer.byteLength(JSON.stringify(data)) <= maxDataBytes) ?? { ...common, id: event.id }
  );
}

const textsOf = (pushed: PushedEvent) =>
  Object.fromEntries(
    Object.entries(pushed).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
  );
