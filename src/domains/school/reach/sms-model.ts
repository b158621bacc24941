import { Type } from '@sinclair/typebox';
import { Text, Uuid, Word } from '../../../protocol/schemas/text.ts';
import { PhoneNumber } from '../../../tracking/methods/contacts.ts';
import { Id, oneOf } from '../model.ts';

const Gateway = Word(100, '^[A-Za-z0-9_.:-]{1,100}$', { description: 'the phone, by a name of its own' });

export const ContactParameters = Type.Object({ userId: Id });

export const TakeJobs = Type.Object({
  gateway: Gateway,
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 20, default: 5 })),
});

export const Jobs = Type.Object({
  success: Type.Literal(true),
  data: Type.Array(
    Type.Object({
      jobId: Type.String(),
      to: PhoneNumber,
      text: Type.String(),
      leasedUntil: Type.String({
        description: 'ISO 8601, UTC; unless it is reported as sent, the job is another phone’s from then on',
      }),
    }),
    { description: 'the most urgent first' },
  ),
});

export const JobParameters = Type.Object({ id: Uuid() });

export const JobReport = Type.Object({
  gateway: Gateway,
  status: oneOf(['sent', 'delivered', 'failed']),
  error: Type.Optional(Text(200)),
});

export const Inbound = Type.Object({
  from: PhoneNumber,
  body: Text(2_000, { minLength: 0, description: 'what the person answered' }),
});
