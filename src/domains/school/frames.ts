import { Type } from '@sinclair/typebox';
import { type AcknowledgedEvent, type DomainFrame, domainFrame } from '../../extension/addresses.ts';
import type { EventData } from '../../extension/delivery-method.ts';
import { OwnFrameId as id, type OwnFrame } from '../../protocol/frames/own-frames.ts';
import { Nullable } from '../../protocol/nullable.ts';
import { Uuid } from '../../protocol/schemas/text.ts';
import type { RealtimeManager } from '../../realtime/manager.ts';
import { inContext } from '../../realtime/sessions/context.ts';
import type { Session } from '../../realtime/sessions/session.ts';
import { eventsChannel } from '../../tracking/channels.ts';
import { deviceIdOf } from '../../tracking/connections/connections.ts';
import { acknowledge } from '../../tracking/deliveries/acknowledge.ts';
import { acknowledgementKinds } from '../../tracking/statuses.ts';
import type { Tracking } from '../../tracking/tracking.ts';
import { tellOfSwitch } from './hooks/turn-service.ts';
import { DeviceId, Id, oneOf, Status, Unread } from './model.ts';

const eventId = '01a1fddf-0c4a-7120-93a1-52af0a5a6b01';

/** The frames by which a device acknowledges an event and a director changes the school of a live connection. */
export function schoolFrames(tracking: Tracking, manager: RealtimeManager): readonly DomainFrame[] {
  return [
    domainFrame(eventAck, async (session, { eventId, kind, deviceId = deviceIdOf(session) }) => {
      const principal = session.identified(tracking.clock.now());
      const { status, unread } = await acknowledge(tracking, principal, { eventId, kind, deviceId });
      return { eventId, status, unread };
    }),
    domainFrame(switchContext, (session, { schoolId }) => switchTo(tracking, manager, session, schoolId)),
  ];
}

const eventAck = {
  type: 'event_ack',
  sent: Type.Object(
    {
      type: Type.Literal('event_ack'),
      id,
      eventId: Uuid(),
      kind: oneOf(acknowledgementKinds),
      deviceId: Type.Optional(DeviceId),
    },
    {
      description: 'Says that a tracked event arrived, or what the person did about it.',
      examples: [{ type: 'event_ack', id: 7, eventId, kind: 'delivered', deviceId: 'phone-1' }],
    },
  ),
  replyType: 'event_acked',
  reply: Type.Object(
    { type: Type.Literal('event_acked'), id, eventId: Type.String(), status: Status, unread: Unread },
    { description: 'What the event is now for this person, and how many are unread.' },
  ),
};

/** A Socket.IO listener that calls the acknowledgement of an event has it; events that await nothing have none. */
export const eventReceipt: AcknowledgedEvent = {
  channel: eventsChannel,
  frame(data) {
    const { id: eventId, acknowledgement } = data as EventData;
    if (acknowledgement === 'none') return undefined;
    return { type: eventAck.type, eventId, kind: 'delivered' } as OwnFrame;
  },
};

const switchContext = {
  type: 'switch_context',
  sent: Type.Object(
    { type: Type.Literal('switch_context'), id, schoolId: Id },
    {
      description: 'Acts for one of several schools from now on; subscriptions to the others end.',
      examples: [{ type: 'switch_context', id: 8, schoolId: 'school-2' }],
    },
  ),
  replyType: 'school_context_switched',
  reply: Type.Object(
    {
      type: Type.Literal('school_context_switched'),
      id,
      schoolId: Type.String(),
      schoolName: Type.String(),
      previousSchoolId: Nullable(Type.String()),
    },
    { description: 'From here on the connection acts for this school alone.' },
  ),
};

async function switchTo(tracking: Tracking, manager: RealtimeManager, session: Session, schoolId: string) {
  const principal = session.identified(tracking.clock.now());
  const told = await tellOfSwitch(tracking, principal, schoolId);
  await manager.identify(session, inContext(principal, schoolId));
  return told;
}
