import { expect, test } from 'bun:test';
import { schoolHooks } from '../../../../src/domains/school/hooks/hooks.ts';
import { sendDue } from '../../../../src/tracking/deliveries/send-due.ts';
import { until } from '../../../support/until.ts';
import { greenfield, startTracking } from '../../../tracking/support.ts';
import { daniel, inboxOf, joseph, ruth, startSchool } from '../support.ts';

const fee = {
  id: 'assignment-1',
  schoolId: greenfield,
  assignmentName: 'Term 1 School Fees',
  createdBy: 'finance-1',
  targetDescription: 'Grade 7 students',
};
const request = {
  id: 'approval-1',
  schoolId: greenfield,
  title: 'Budget Approval Request',
  requestedBy: 'finance-1',
};

test('the hooks of the document raise the events it names, for those they concern', async () => {
  await using subject = await startTracking();
  const hooks = schoolHooks(subject.tracking);
  await hooks.feeAssignmentCreated(fee);
  await hooks.approvalRequestCreated({ ...request, approverRole: 'principal' });
  await hooks.schoolContextSwitched({
    directorId: 'director-1',
    previousSchoolId: greenfield,
    currentSchoolId: 'school-2',
    schoolName: 'Greenfield Academy',
  });
  const titles = async (userId: string) =>
    (await subject.told(userId))
      .filter(({ type }) => type === 'realtime_event')
      .map(({ data }) => (JSON.parse(data) as { title: string }).title);
  expect(await titles('user1-uuid')).toEqual(['New fee assignment: Term 1 School Fees']);
  expect(await titles('principal-1')).toEqual([
    'New fee assignment: Term 1 School Fees',
    'Approval needed: Budget Approval Request',
  ]);
  expect(await titles('director-1')).toEqual(['Now at Greenfield Academy']);
  for (const nobody of ['finance-1', 'parent-2']) expect(await titles(nobody)).toEqual([]);
});

test('a hook takes part in the transaction of its caller: with it, everything comes or nothing', async () => {
  await using subject = await startTracking();
  const hooks = schoolHooks(subject.tracking);
  const failing = subject.database.transaction(async (tx) => {
    await hooks.feeAssignmentCreated(fee, { tx });
    await hooks.batch([{ hook: 'userLogin', input: { userId: 'user1-uuid', device: 'Pixel' } }], { tx });
    throw new Error('The fee was not assigned.');
  });
  await expect(failing).rejects.toThrow('not assigned');
  expect(await subject.rows('select 1 from realtime_events')).toEqual([]);
  await subject.database.transaction(async (tx) => {
    await hooks.feeAssignmentCreated(fee, { tx });
    expect(await subject.told('user1-uuid')).toEqual([]);
  });
  await sendDue(subject.tracking);
  expect(await subject.told('user1-uuid')).toHaveLength(2);
});

test('a batch is all or nothing, over HTTP too, and the same key again raises nothing', async () => {
  await using school = await startSchool();
  const calls = [
    { hook: 'feeAssignmentCreated', input: fee },
    { hook: 'approvalRequestCreated', input: { ...request, approverRole: 'principal' } },
  ];
  const denied = [...calls, { hook: 'userLogin', input: { userId: 'user1-uuid', device: 'Pixel' } }];
  expect(await school.call(daniel, 'POST', '/hooks/batch', { calls: denied })).toMatchObject({ status: 403 });
  const broken = [...calls, { hook: 'custom', input: { schoolId: greenfield, eventType: 'none' } }];
  expect(await school.call(undefined, 'POST', '/hooks/batch', { calls: broken })).toMatchObject({
    status: 422,
  });
  expect((await inboxOf(school, ruth)).data).toEqual([]);
  const headers = { 'x-user-id': 'finance-1', 'x-role': 'finance_manager', 'idempotency-key': 'k1' };
  const path = '/api/v1/realtime/hooks/batch';
  const first = await school.post(path, { calls }, headers);
  expect(first).toMatchObject({ status: 200, body: { data: [{ repeated: false }, { repeated: false }] } });
  const again = await school.post(path, { calls }, headers);
  expect(again).toMatchObject({ status: 200, body: { data: [{ repeated: true }, { repeated: true }] } });
  // The worker may have begun to send them, and then the answer does not wait for it.
  await until(
    async () => (await inboxOf(school, ruth)).data.length + (await inboxOf(school, joseph)).data.length >= 3,
  );
  expect((await inboxOf(school, ruth)).data.map(({ eventType }) => eventType).sort()).toEqual([
    'approval_request_pending',
    'fee_assignment_created',
  ]);
  expect((await inboxOf(school, joseph)).data).toMatchObject([{ sourceUserId: 'finance-1', payload: fee }]);
});
