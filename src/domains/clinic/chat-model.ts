import { Type } from '@sinclair/typebox';
import { chatModel, MessageId } from '../../chat/model.ts';
import { writtenFields } from '../../protocol/schemas/written.ts';
import { CaseId } from './model.ts';

export const MessageParameters = Type.Object({ id: CaseId, messageId: MessageId });
export const { Message, History } = chatModel('caseId', CaseId, 'clinic_chat:{id}');
export const MessageAnswer = Type.Object({ success: Type.Literal(true), data: Message, ...writtenFields });
export const ReactionAnswer = Type.Object({
  success: Type.Literal(true),
  changed: Type.Boolean(),
  ...writtenFields,
});
