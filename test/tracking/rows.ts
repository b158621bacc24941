import { greenfield, riverside, type Subject } from './support.ts';

/** The rows of each school: a member, an event for the member alone, one that is not sent yet, and an announcement. */
const schools = {
  [greenfield]: ['user1-uuid', 'user2-uuid', 'user-uuid'],
  [riverside]: ['parent-2', 'teacher-2'],
} as const;

/** Fills every table that a person may know, for people of both schools. */
export async function fillSchools({ rows }: Subject): Promise<void> {
  for (const [school, users] of Object.entries(schools)) {
    const announced = await addEvent(rows, school, 'channel', 'sent');
    await addEvent(rows, school, 'channel', 'pending');
    await rows(`insert into realtime_channels (name, epoch) values ('realtime_announcements:' || $1, 'e')`, [
      school,
    ]);
    for (const user of users) {
      const own = await addEvent(rows, school, 'person', 'sent', user);
      const waiting = await addEvent(rows, school, 'person', 'pending');
      await addDelivery(rows, [own, user, school, 'sent', 'websocket']);
      await addDelivery(rows, [waiting, user, school, 'pending', 'websocket']);
      if (user === users[0]) await addDelivery(rows, [announced, user, school, 'read', 'channel']);
      await rows(`insert into realtime_channels (name, epoch) values ('realtime_events:' || $1, 'e')`, [
        user,
      ]);
      for (const channel of [`realtime_events:${user}`, `realtime_announcements:${school}`]) {
        await rows(`insert into realtime_channel_subscriptions (user_id, channel) values ($1, $2)`, [
          user,
          channel,
        ]);
      }
      await addGroup(rows, school, user, users[0]);
      await rows(`insert into realtime_unread_counts (user_id, count, version) values ($1, 1, 1)`, [user]);
      await rows(
        `insert into realtime_push_subscriptions (endpoint, user_id, p256dh, auth) values ('https://push.example/' || $1, $1, 'p', 'a')`,
        [user],
      );
      await rows(
        `insert into realtime_devices (token, user_id, platform, seen_at) values ('token-' || $1, $1, 'android', now())`,
        [user],
      );
      await addReach(rows, own, user, school);
      await rows(
        `insert into websocket_connections (id, user_id, role, tenant_id, transport, device_id, process_id, connected_at, last_seen_at)
         values ('connection-' || $1, $1, 'parent', $2, 'websocket', 'd', 'p', now(), now())`,
        [user, school],
      );
      await rows(
        `insert into realtime_user_activity (user_id, tenant_id, connection_id, kind, page, occurred_at)
         values ($1, $2, 'connection-' || $1, 'click', '/', now())`,
        [user, school],
      );
    }
  }
  for (const fact of ['delivery', 'session', 'activity', 'active']) {
    await rows(
      `insert into realtime_removed_counts (fact, measure, at, tenant_id, value) select $1, 'sent', now(), id, 1 from school.schools`,
      [fact],
    );
  }
  await rows(
    `insert into realtime_system_metrics (minute, process_id, name, value) values (now(), 'p', 'events', 1)`,
  );
  await rows(
    `insert into realtime_predictions (name, learned_until, learned, weights) values ('reads', now(), 1, '{}')`,
  );
}

/** The known ways to a person beside their devices. */
async function addReach(rows: Subject['rows'], event: string, user: string, school: string): Promise<void> {
  const [attempt] = await rows(
    `insert into realtime_delivery_attempts (event_id, user_id, tenant_id, method, attempt, started_at)
     values ($1, $2, $3, 'fcm', 1, now()) returning id`,
    [event, user, school],
  );
  await rows(
    `insert into realtime_sms_jobs (attempt_id, event_id, user_id, tenant_id, phone, body, priority_rank, expires_at)
     values ($1, $2, $3, $4, '+254722000000', 'b', 1, now())`,
    [attempt?.['id'], event, user, school],
  );
  await rows(
    `insert into realtime_contacts (user_id, phone, email, updated_at) values ($1, '+254722000000', 'a@b.example', now())`,
    [user],
  );
  await rows(
    `insert into realtime_preferences (user_id, event_type, method, choice) values ($1, '*', 'sms', 'off')`,
    [user],
  );
  await rows(
    `insert into realtime_reading_hours (user_id, method, hour_of_week, sent, read, learned_on) values ($1, 'fcm', 1, 2, 1, now())`,
    [user],
  );
  await rows(
    `insert into realtime_reading_groups (tenant_id, method, role, hour_of_week, sent, read, late_hours, learned_on)
     values ($1, 'fcm', $2, 1, 2, 1, 1, now())`,
    [school, user],
  );
  await rows(`insert into realtime_sms_stops (phone) values ('of ' || $1)`, [user]);
  await rows(`insert into realtime_sms_counts (day, user_id, count) values (now(), $1, 1)`, [user]);
}

async function addEvent(
  rows: Subject['rows'],
  school: string,
  mode: string,
  status: string,
  source?: string,
): Promise<string> {
  const [event] = await rows(
    `insert into realtime_events (type, tenant_id, target_tenant_ids, source_user_id, title, message, priority, scheduled_at,
       delivery_mode, status) values ('custom_notification', $1, array[$1], $4, 't', 'm', 'low', now(), $2, $3) returning id`,
    [school, mode, status, source ?? null],
  );
  return String(event?.['id']);
}

async function addDelivery(rows: Subject['rows'], values: readonly string[]): Promise<void> {
  await rows(
    `insert into realtime_event_deliveries (event_id, user_id, tenant_id, status, method, priority_rank) values ($1, $2, $3, $4, $5, 1)`,
    values,
  );
}

/** A closed group channel of one person, and one in which the first of the school is a member too. */
async function addGroup(rows: Subject['rows'], school: string, owner: string, guest: string): Promise<void> {
  const [channel] = await rows(
    `insert into school.channels (school_id, name, visibility, created_by) values ($1, 'g', 'closed', $2) returning id`,
    [school, owner],
  );
  const id = String(channel?.['id']);
  await rows(`insert into realtime_channels (name, epoch) values ('school_channel:' || $1, 'e')`, [id]);
  const isShared = owner.length % 2 === 0;
  for (const user of new Set([owner, ...(isShared ? [guest] : [])])) {
    await rows(
      `insert into realtime_channel_subscriptions (user_id, channel, tenant_id, role, subscribed_at)
       values ($1, 'school_channel:' || $2, $3, $4, now())`,
      [user, id, school, user === owner ? 'owner' : 'member'],
    );
    const [message] = await rows(
      `insert into school.channel_messages (channel_id, author_id, author_role, body) values ($1, $2, 'r', 'b') returning id, seq`,
      [id, user],
    );
    await rows(`insert into school.channel_reactions (message_id, user_id, emoji) values ($1, $2, '👍')`, [
      message?.['id'],
      user,
    ]);
    await rows(
      `insert into school.channel_receipts (channel_id, user_id, message_id, seq) values ($1, $2, $3, $4)`,
      [id, user, message?.['id'], message?.['seq']],
    );
  }
}
