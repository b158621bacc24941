import type { realtimeEventTypes } from '../../tracking/schema/events.ts';
import type { Escalation, Priority } from '../../tracking/statuses.ts';
import { leaderRoles } from './permissions.ts';
import type { SchoolRole } from './roles.ts';

type SchoolEventType = typeof realtimeEventTypes.$inferInsert & { readonly sourceRoles?: SchoolRole[] };

const leaders: SchoolRole[] = [...leaderRoles];
const finance: SchoolRole[] = ['finance_manager', ...leaders];
const staff: SchoolRole[] = ['teacher', ...finance];

const minute = 60_000;

/**
 * The ways to people who do not read an event: the phone rings, a browser where there is no phone, and what is critical goes on
 * as SMS.
 */
const reach = ['websocket', 'fcm', 'web-push', 'sms'];

/** After so many minutes the phone rings; below the priority, it never does. */
function ringing(minutes: number, fromPriority: Priority = 'low'): Escalation {
  return {
    fcm: { afterMs: minutes * minute, fromPriority },
    'web-push': { afterMs: minutes * minute, fromPriority },
    sms: { afterMs: 5 * minute, fromPriority: 'critical' },
  };
}

/**
 * The event types of a new school database; the migrations of drizzle/school write them, and later changes are an
 * operator's. People with a role in `sourceRoles` may raise an event by hand; the modules of the school always may.
 */
export const schoolEventTypes: SchoolEventType[] = [
  {
    name: 'fee_assignment_created',
    description: 'A fee was assigned',
    titleTemplate: 'New fee assignment: {assignmentName}',
    messageTemplate: '{assignmentName} was assigned to {targetDescription}.',
    methods: reach,
    escalation: ringing(15),
    sourceRoles: finance,
  },
  {
    name: 'fee_assignment_approved',
    description: 'A fee assignment was approved',
    titleTemplate: 'Fee assignment approved: {assignmentName}',
    messageTemplate: '{assignmentName} was approved by {approvedBy}.',
    methods: reach,
    escalation: ringing(15),
    sourceRoles: leaders,
  },
  {
    name: 'fee_assignment_rejected',
    description: 'A fee assignment was rejected',
    titleTemplate: 'Fee assignment rejected: {assignmentName}',
    messageTemplate: '{assignmentName} was rejected by {rejectedBy}: {reason}',
    priority: 'high',
    methods: reach,
    escalation: ringing(5),
    sourceRoles: leaders,
  },
  {
    name: 'approval_request_pending',
    description: 'Somebody waits for an approval',
    titleTemplate: 'Approval needed: {title}',
    messageTemplate: '{requestedBy} asks for your approval of {title}.',
    priority: 'high',
    acknowledgement: 'person',
    retryIntervalMs: 300_000,
    maxAttempts: 5,
    methods: [...reach, 'email', 'webhook'],
    escalation: { ...ringing(5), email: { afterMs: 60 * minute } },
    sourceRoles: finance,
  },
  {
    name: 'approval_request_approved',
    description: 'A request was approved',
    titleTemplate: 'Approved: {title}',
    messageTemplate: '{title} was approved by {approvedBy}.',
    acknowledgement: 'device',
    methods: reach,
    escalation: ringing(15),
    sourceRoles: leaders,
  },
  {
    name: 'approval_request_rejected',
    description: 'A request was rejected',
    titleTemplate: 'Rejected: {title}',
    messageTemplate: '{title} was rejected by {rejectedBy}: {reason}',
    priority: 'high',
    acknowledgement: 'device',
    methods: reach,
    escalation: ringing(5),
    sourceRoles: leaders,
  },
  {
    name: 'payment_received',
    description: 'A payment arrived',
    titleTemplate: 'Payment received',
    messageTemplate: 'We received {amount} {currency} for {studentName}.',
    acknowledgement: 'device',
    methods: [...reach, 'webhook'],
    escalation: ringing(15),
    sourceRoles: finance,
  },
  {
    name: 'school_context_switched',
    description: 'A director turned to another school',
    titleTemplate: 'Now at {schoolName}',
    messageTemplate: 'You are now working for {schoolName}.',
    priority: 'low',
    lifetimeMs: 86_400_000,
  },
  {
    name: 'user_login',
    description: 'Somebody signed in on a device',
    titleTemplate: 'New sign-in',
    messageTemplate: 'Your account was used on {device}.',
    priority: 'low',
    lifetimeMs: 604_800_000,
  },
  {
    name: 'system_maintenance',
    description: 'The service will be away',
    titleTemplate: 'Maintenance: {title}',
    messageTemplate: '{description}',
    priority: 'urgent',
    acknowledgement: 'every_device',
    retryIntervalMs: 60_000,
    methods: reach,
    escalation: ringing(5, 'urgent'),
    sourceRoles: ['super_admin'],
  },
  {
    name: 'assignment_overdue',
    description: 'An assignment was not handed in',
    titleTemplate: 'Overdue: {assignmentName}',
    messageTemplate: '{assignmentName} of {studentName} was due on {dueDate}.',
    acknowledgement: 'device',
    methods: reach,
    escalation: ringing(15),
    sourceRoles: staff,
  },
  {
    name: 'school_announcement',
    description: 'Something everybody at the school should know',
    titleTemplate: '{title}',
    messageTemplate: '{message}',
    methods: reach,
    escalation: ringing(2, 'high'),
    sourceRoles: staff,
  },
  {
    name: 'custom_notification',
    description: 'Anything else',
    titleTemplate: '{title}',
    messageTemplate: '{message}',
    methods: reach,
    escalation: ringing(2, 'high'),
    sourceRoles: staff,
  },
];
