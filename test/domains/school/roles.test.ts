import { expect, test } from 'bun:test';
import { hookEvents } from '../../../src/domains/school/hooks/hook-events.ts';
import { type SchoolRole, schoolRoles } from '../../../src/domains/school/roles.ts';
import { priorities } from '../../../src/tracking/statuses.ts';
import {
  brian,
  daniel,
  esther,
  grace,
  greenfield,
  joseph,
  type Person,
  ruth,
  startSchool,
} from './support.ts';

const people: Readonly<Record<SchoolRole, Person>> = {
  parent: joseph,
  student: brian,
  teacher: esther,
  finance_manager: daniel,
  principal: ruth,
  school_director: { userId: 'director-1', role: 'school_director' },
  super_admin: grace,
};
const all = [...schoolRoles, 'everybody'] as const;

/** To whom each role may broadcast, and up to which priority, written down a second time. */
const mayBroadcast: Readonly<Record<SchoolRole, { to: readonly string[]; most: number }>> = {
  parent: { to: [], most: -1 },
  student: { to: [], most: -1 },
  teacher: { to: ['parent', 'student'], most: 2 },
  finance_manager: { to: ['parent', 'teacher', 'principal'], most: 2 },
  principal: { to: all, most: 3 },
  school_director: { to: all, most: 4 },
  super_admin: { to: all, most: 4 },
};

test('every role broadcasts to just the roles, and as urgently, as it may', async () => {
  await using school = await startSchool();
  const wrong: unknown[] = [];
  for (const role of schoolRoles) {
    const { to, most } = mayBroadcast[role];
    const attempts = [
      ...all.map((target) => ({ target, priority: 0, may: to.includes(target) })),
      ...priorities.map((_, priority) => ({ target: to[0] ?? 'parent', priority, may: priority <= most })),
    ];
    for (const { target, priority, may } of attempts) {
      const { status } = await school.call(people[role], 'POST', '/broadcast/school', {
        title: 't',
        message: 'm',
        schoolId: greenfield,
        priority: priorities[priority],
        ...(target !== 'everybody' && { targetRoles: [target] }),
      });
      if (status !== (may ? 200 : 403)) wrong.push({ role, target, priority, status });
    }
  }
  expect(wrong).toEqual([]);
});

const leaders = ['principal', 'school_director', 'super_admin'];
const finance = ['finance_manager', ...leaders];
const id = { id: 'x-1', schoolId: greenfield };
const hooks: Readonly<Record<keyof typeof hookEvents, { by: readonly string[]; input(me: string): object }>> =
  {
    feeAssignmentCreated: {
      by: finance,
      input: (createdBy) => ({ ...id, assignmentName: 'Fees', createdBy, targetDescription: 'Grade 7' }),
    },
    feeAssignmentApproved: {
      by: leaders,
      input: (approvedBy) => ({ ...id, assignmentName: 'Fees', createdBy: 'finance-1', approvedBy }),
    },
    feeAssignmentRejected: {
      by: leaders,
      input: (rejectedBy) => ({
        ...id,
        assignmentName: 'Fees',
        createdBy: 'finance-1',
        rejectedBy,
        reason: 'r',
      }),
    },
    approvalRequestCreated: {
      by: finance,
      input: (requestedBy) => ({ ...id, title: 'Budget', requestedBy, approverRole: 'principal' }),
    },
    approvalRequestApproved: {
      by: leaders,
      input: (approvedBy) => ({ ...id, title: 'Budget', requestedBy: 'finance-1', approvedBy }),
    },
    approvalRequestRejected: {
      by: leaders,
      input: (rejectedBy) => ({ ...id, title: 'Budget', requestedBy: 'finance-1', rejectedBy, reason: 'r' }),
    },
    paymentReceived: {
      by: finance,
      input: () => ({ ...id, amount: 5000, currency: 'KES', studentName: 'Brian', payerId: 'user1-uuid' }),
    },
    schoolContextSwitched: {
      by: [],
      input: () => ({
        directorId: 'director-1',
        previousSchoolId: null,
        currentSchoolId: greenfield,
        schoolName: 'G',
      }),
    },
    userLogin: { by: [], input: () => ({ userId: 'user1-uuid', device: 'Pixel' }) },
    systemMaintenance: { by: ['super_admin'], input: () => ({ title: 't', description: 'd' }) },
    custom: {
      by: ['teacher', ...finance],
      input: () => ({ schoolId: greenfield, targetUserIds: ['user1-uuid'], title: 't', message: 'm' }),
    },
  };

test('every hook is for the service and the roles that may raise its event, in their own name', async () => {
  await using school = await startSchool();
  const wrong: unknown[] = [];
  for (const [name, { by, input }] of Object.entries(hooks)) {
    for (const role of [undefined, ...schoolRoles]) {
      const who = role && people[role];
      const { status, body } = await school.call(who, 'POST', `/hooks/${name}`, input(who?.userId ?? 'x'));
      const may = role === undefined || by.includes(role);
      if (status !== (may ? 200 : 403)) wrong.push({ name, role, status, body });
    }
    const { actor } = hookEvents[name as keyof typeof hookEvents] as { actor?: string };
    if (!actor) continue;
    const asAnother = { ...input('somebody'), [actor]: 'somebody' };
    const { status } = await school.call(people.principal, 'POST', `/hooks/${name}`, asAnother);
    if (status !== 403) wrong.push({ name, as: 'somebody', status });
  }
  expect(wrong).toEqual([]);
});

test('by the custom hook, nobody reaches roles that they may not broadcast to', async () => {
  await using school = await startSchool();
  const said = { schoolId: greenfield, title: 't', message: 'm' };
  const custom = async (input: object) =>
    (await school.call(esther, 'POST', '/hooks/custom', { ...said, ...input })).status;
  expect(await custom({ targetRoles: ['parent'] })).toBe(200);
  expect(await custom({ targetRoles: ['principal'] })).toBe(403);
  expect(await custom({})).toBe(403);
  expect(await custom({ targetUserIds: ['user1-uuid'], priority: 'critical' })).toBe(403);
  expect(await custom({ targetRoles: ['parent'], eventType: 'payment_received' })).toBe(403);
  expect(await custom({ targetUserIds: ['user1-uuid'], schoolId: 'school-2' })).toBe(403);
});
