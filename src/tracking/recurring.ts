import type { Recurring } from '../db/recurring.ts';
import { closeStale } from './connections/connection-rows.ts';
import { nextDue } from './deliveries/due.ts';
import { claimOutgoing } from './deliveries/outgoing.ts';
import { passOnDue } from './deliveries/pass-on.ts';
import { sendDue } from './deliveries/send-due.ts';
import { expireDue } from './deliveries/settle.ts';
import { claimDigests } from './escalation/digests.ts';
import { escalateDue } from './escalation/escalate-due.ts';
import { sendAnnouncements } from './events/send-announcements.ts';
import { returnJobs } from './methods/sms/gateway/jobs.ts';
import { learnReads } from './prediction/learn-reads.ts';
import { planDue } from './prediction/plan-due.ts';
import { noHours } from './preferences/hours.ts';
import { pruneTracking } from './retention.ts';
import type { Tracking } from './tracking.ts';

const planning = { methods: ['webhook'], digestible: ['email'], hours: noHours, waitHours: 6 };

/** The recurring work of tracking; see `recurringOfEngine`. */
export const recurringOfTracking: readonly Recurring<Tracking>[] = [
  { name: 'the time when the next is due', run: (tracking) => nextDue(tracking) },
  { name: 'announcements', run: (tracking) => sendAnnouncements(tracking) },
  { name: 'due deliveries', run: (tracking) => sendDue(tracking) },
  { name: 'deliveries to pass on', run: (tracking) => passOnDue(tracking, ['websocket', 'webhook']) },
  { name: 'deliveries to escalate', run: (tracking) => escalateDue(tracking, ['websocket', 'webhook']) },
  { name: 'digests', run: (tracking) => claimDigests(tracking, ['email'], 20) },
  { name: 'deliveries of other methods', run: (tracking) => claimOutgoing(tracking, ['webhook'], 20) },
  { name: 'times of deliveries to choose', run: (tracking) => planDue(tracking, planning) },
  { name: 'reads to learn from', run: (tracking) => learnReads(tracking, 'UTC') },
  { name: 'expired events', run: (tracking) => expireDue(tracking) },
  { name: 'jobs of phones', run: (tracking) => returnJobs(tracking) },
  {
    name: 'retention',
    run: (tracking) => {
      const before = new Date(tracking.clock.now() - 90 * 86_400_000).toISOString();
      return pruneTracking(tracking, { before, activityBefore: before });
    },
  },
  { name: 'connections of dead processes', run: (tracking) => closeStale(tracking, 'p') },
];
