import { type Static, Type } from '@sinclair/typebox';

/** RFC 9457 problem document, with our code and the `success` that older clients read. */
export const Problem = Type.Object(
  {
    type: Type.String({ description: 'urn:tambuli:error:<code>' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String(),
    remedy: Type.Optional(Type.String({ description: 'what to do about a failure of this code' })),
    success: Type.Literal(false),
    requestId: Type.Optional(Type.String()),
    details: Type.Optional(
      Type.Unknown({ description: 'facts for programs: who holds it, what is legal, …' }),
    ),
    errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), message: Type.String() }))),
  },
  { description: 'What went wrong, as application/problem+json' },
);
export type Problem = Static<typeof Problem>;

/** The problem responses that any route that reads or publishes can have. */
export const problemResponses = {
  // Not `as const`: spread from a readonly object, the statuses reach Eden as texts, and its errors become unknown.
  400: Problem,
  401: Problem,
  403: Problem,
  404: Problem,
  413: Problem,
  422: Problem,
  503: Problem,
};
