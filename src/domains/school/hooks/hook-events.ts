import { type Static, type TObject, type TUnsafe, Type } from '@sinclair/typebox';
import { Nullable } from '../../../protocol/nullable.ts';
import { Text, Word } from '../../../protocol/schemas/text.ts';
import { NewEvent } from '../../../tracking/model.ts';
import { Id, oneOf } from '../model.ts';
import { schoolRoles } from '../roles.ts';

/** A report of another module of the school, and the event that it becomes. */
export interface Hook<Input extends TObject = TObject> {
  readonly eventType: string;
  readonly input: Input;
  /** The field that names who did it: a person who calls the hook names themselves there. */
  readonly actor?: string;
  toEvent(input: Static<Input>): Omit<NewEvent, 'eventType'> & { readonly eventType?: string };
}

const hook = <Input extends TObject>(definition: Hook<Input>) => definition;

/** On every hook that is about something with an id of its own. */
const common = { id: Id, schoolId: Id, actionUrl: NewEvent.properties.actionUrl };
const reason = Text(500);
const targetUserIds = NewEvent.properties.targetUserIds;

/** The fields that all hooks have beside their recipients. */
const about = <T extends { id: string; schoolId: string; actionUrl?: string }>(input: T, actor: string) => ({
  tenantId: input.schoolId,
  sourceUserId: actor,
  payload: input,
  correlationId: input.id,
  ...(input.actionUrl !== undefined && { actionUrl: input.actionUrl }),
});

export const hookEvents = {
  feeAssignmentCreated: hook({
    eventType: 'fee_assignment_created',
    actor: 'createdBy',
    input: Type.Object({
      ...common,
      assignmentName: Text(200),
      createdBy: Id,
      targetDescription: Text(200),
      targetUserIds,
    }),
    toEvent: (input) => ({
      ...about(input, input.createdBy),
      // The parents it concerns, where the module knows them.
      ...(input.targetUserIds
        ? { targetUserIds: input.targetUserIds, targetRoles: ['principal'] }
        : { targetRoles: ['parent', 'principal'] }),
      excludedUserIds: [input.createdBy],
    }),
  }),
  feeAssignmentApproved: hook({
    eventType: 'fee_assignment_approved',
    actor: 'approvedBy',
    input: Type.Object({ ...common, assignmentName: Text(200), createdBy: Id, approvedBy: Id }),
    toEvent: (input) => ({ ...about(input, input.approvedBy), targetUserIds: [input.createdBy] }),
  }),
  feeAssignmentRejected: hook({
    eventType: 'fee_assignment_rejected',
    actor: 'rejectedBy',
    input: Type.Object({ ...common, assignmentName: Text(200), createdBy: Id, rejectedBy: Id, reason }),
    toEvent: (input) => ({ ...about(input, input.rejectedBy), targetUserIds: [input.createdBy] }),
  }),
  approvalRequestCreated: hook({
    eventType: 'approval_request_pending',
    actor: 'requestedBy',
    input: Type.Object({ ...common, title: Text(200), requestedBy: Id, approverRole: oneOf(schoolRoles) }),
    toEvent: (input) => ({
      ...about(input, input.requestedBy),
      targetRoles: [input.approverRole],
      excludedUserIds: [input.requestedBy],
    }),
  }),
  approvalRequestApproved: hook({
    eventType: 'approval_request_approved',
    actor: 'approvedBy',
    input: Type.Object({ ...common, title: Text(200), requestedBy: Id, approvedBy: Id }),
    toEvent: (input) => ({ ...about(input, input.approvedBy), targetUserIds: [input.requestedBy] }),
  }),
  approvalRequestRejected: hook({
    eventType: 'approval_request_rejected',
    actor: 'rejectedBy',
    input: Type.Object({ ...common, title: Text(200), requestedBy: Id, rejectedBy: Id, reason }),
    toEvent: (input) => ({ ...about(input, input.rejectedBy), targetUserIds: [input.requestedBy] }),
  }),
  paymentReceived: hook({
    eventType: 'payment_received',
    actor: 'receivedBy',
    input: Type.Object({
      ...common,
      amount: Type.Number({ exclusiveMinimum: 0 }),
      currency: Word(3, '^[A-Z]{3}$'),
      studentName: Text(200),
      payerId: Id,
      receivedBy: Type.Optional(Id),
    }),
    toEvent: (input) => ({
      tenantId: input.schoolId,
      payload: input,
      correlationId: input.id,
      targetUserIds: [input.payerId],
      targetRoles: ['finance_manager'],
      ...(input.receivedBy !== undefined && { sourceUserId: input.receivedBy }),
      ...(input.actionUrl !== undefined && { actionUrl: input.actionUrl }),
    }),
  }),
  schoolContextSwitched: hook({
    eventType: 'school_context_switched',
    input: Type.Object({
      directorId: Id,
      previousSchoolId: Nullable(Id),
      currentSchoolId: Id,
      schoolName: Text(200),
    }),
    toEvent: (input) => ({
      tenantId: input.currentSchoolId,
      sourceUserId: input.directorId,
      targetUserIds: [input.directorId],
      payload: input,
    }),
  }),
  userLogin: hook({
    eventType: 'user_login',
    input: Type.Object({ userId: Id, device: Text(200) }),
    toEvent: (input) => ({ targetUserIds: [input.userId], payload: input }),
  }),
  systemMaintenance: hook({
    eventType: 'system_maintenance',
    input: Type.Object({
      title: Text(190),
      description: Text(2_000),
      schoolIds: Type.Optional(Type.Array(Id, { minItems: 1, maxItems: 1_000 })),
      scheduledAt: NewEvent.properties.scheduledAt,
      expiresAt: NewEvent.properties.expiresAt,
    }),
    toEvent: ({ schoolIds, scheduledAt, expiresAt, title, description }) => ({
      payload: { title, description },
      ...(schoolIds && { targetTenantIds: schoolIds }),
      ...(scheduledAt !== undefined && { scheduledAt }),
      ...(expiresAt !== undefined && { expiresAt }),
    }),
  }),
  custom: hook({
    eventType: 'custom_notification',
    actor: 'sourceUserId',
    input: Type.Composite([
      Type.Omit(NewEvent, ['tenantId', 'targetTenantIds', 'eventType']),
      Type.Object({ eventType: Type.Optional(Text(100)), schoolId: Id }),
    ]),
    toEvent: ({ schoolId, ...event }) => ({ ...event, tenantId: schoolId }),
  }),
};

export type HookName = keyof typeof hookEvents;
export type HookInput<Name extends HookName> = Static<(typeof hookEvents)[Name]['input']>;

const calls = Object.entries<Hook>(hookEvents).map(([name, { input }]) =>
  Type.Object({ hook: Type.Literal(name), input }),
);

export const HookBatch = Type.Object({
  calls: Type.Array(Type.Union(calls) as unknown as TUnsafe<{ hook: string; input: object }>, {
    minItems: 1,
    maxItems: 100,
  }),
});
