import { createHmac, timingSafeEqual } from 'node:crypto';
import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';

const common = {
  key: Type.String({ pattern: '^[A-Za-z0-9-]+$' }),
  type: Type.String(),
  until: Type.Number(),
};

/** The right that a link gives. */
const Right = Type.Union([
  Type.Object({ act: Type.Literal('put'), ...common, size: Type.Number() }),
  Type.Object({ act: Type.Literal('get'), ...common, disposition: Type.String() }),
]);
export type LinkRight = Static<typeof Right>;

/** A right as a text that only somebody who has the secret can make. */
export function sealRight(right: LinkRight, secret: Uint8Array): string {
  const content = Buffer.from(JSON.stringify(right)).toString('base64url');
  return `${content}.${seal(content, secret).toString('base64url')}`;
}

/** The right in a text, or undefined where it was not sealed with this secret, or is over at `now`. */
export function openRight(text: string, secret: Uint8Array, now: number): LinkRight | undefined {
  const [content = '', given = '', ...rest] = text.split('.');
  const expected = seal(content, secret);
  const found = Buffer.from(given, 'base64url');
  // The text itself is compared too: several texts have the same bytes.
  if (rest.length > 0 || found.toString('base64url') !== given) return undefined;
  if (found.byteLength !== expected.byteLength || !timingSafeEqual(found, expected)) return undefined;
  const right: unknown = JSON.parse(Buffer.from(content, 'base64url').toString());
  return Value.Check(Right, right) && right.until > now ? right : undefined;
}

const seal = (content: string, secret: Uint8Array) => createHmac('sha256', secret).update(content).digest();
