import { systemClock } from '../../../../src/lib/clock.ts';
import { createEmail } from '../../../../src/tracking/methods/email/email.ts';
import { openTestDatabase } from '../../../support/postgres/database.ts';
import { outgoingDelivery } from '../receivers.ts';

/**
 * A process that sends an event by each of the mail servers, as a deployment in production does, and prints the outcomes:
 * `send-mail.ts <database> <server> …`. Trust is read when a process starts.
 */
const [databaseUrl = '', ...servers] = process.argv.slice(2);
await using database = await openTestDatabase(databaseUrl);
const tracking = { database, members: 'school.members', clock: systemClock };
const outcomes = [];
for (const url of servers) {
  const method = createEmail({ tracking, url, from: 'school@greenfield.example', allowPrivate: false });
  outcomes.push(await method.send(outgoingDelivery(), AbortSignal.timeout(20_000)));
}
process.stdout.write(JSON.stringify(outcomes));
