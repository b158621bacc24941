import { expect, test } from 'bun:test';
import type { Static } from '@sinclair/typebox';
import { createClient } from '../../../clients/web/src/index.ts';
import type { clientFrames } from '../../../src/protocol/frames/client-frames.ts';
import type { EphemeralFrame, PublicationFrame } from '../../../src/protocol/frames/publication-frames.ts';
import type { serverFrames } from '../../../src/protocol/frames/server-frames.ts';
import type { TypedChannels } from '../../../src/protocol/wire/channel-types.ts';
import type * as Plain from '../../../src/protocol/wire/frame-types.ts';

/** The types that `typeof server` carries, as `defineDomain` makes them. */
type App = TypedChannels<{
  readonly 'orders:{customerId}': {
    readonly publications: {
      readonly order_placed: { readonly orderId: number };
      readonly order_cancelled: { readonly orderId: number; readonly reason: string };
    };
    readonly ephemeral: { readonly typing: { readonly on: boolean } };
  };
  readonly news: {
    readonly publications: { readonly headline: string };
    readonly ephemeral: Record<never, unknown>;
  };
}>;

const client = createClient<App>('http://localhost');

/** Compiled, and never run. */
export function compiles(): void {
  const orders = client.channel('orders:7');
  orders.subscribe((publication) => {
    if (publication.type === 'order_cancelled') publication.data.reason.trim();
    // @ts-expect-error: only a cancelled order has a reason.
    publication.data.reason;
  });
  orders.subscribe(({ data, position }) => [data.orderId.toFixed(), position.trim()], {
    type: 'order_placed',
  });
  void orders.publish('order_placed', { orderId: 1 });
  orders.whisper('typing', { on: true });
  orders.whispers.subscribe(({ data }) => data.on);
  client.channel('news').subscribe(({ data }) => data.trim());

  // @ts-expect-error: there is no such channel.
  client.channel('order:7');
  // @ts-expect-error: there is no such type.
  void orders.publish('order_lost', { orderId: 1 });
  // @ts-expect-error: the field has another type.
  void orders.publish('order_placed', { orderId: '1' });
  // @ts-expect-error: a field is missing.
  void orders.publish('order_cancelled', { orderId: 1 });
  // @ts-expect-error: there is no such ephemeral type.
  orders.whisper('shouting', { on: true });
  // @ts-expect-error: there is no such type to listen for.
  orders.subscribe(() => undefined, { type: 'order_lost' });
}

/** Every name and every content of an untyped server compiles. */
export function compilesUntyped(): void {
  const untyped = createClient('http://localhost');
  untyped.channel('anything:at-all').subscribe(({ type, data }) => [type.trim(), data]);
  void untyped.channel('anything').publish('note', { any: 'thing' });
}

type Frames<Schemas> = {
  [Type in keyof Schemas]: Schemas[Type] extends { static: infer Frame } ? Frame : never;
};
/** Fails to compile where a frame of the schemas is not one of the plain types. */
type Fits<Part, Whole> = [Part] extends [Whole] ? true : { readonly misfit: Part; readonly of: Whole };
const fits: readonly [
  Fits<Static<typeof PublicationFrame>, Plain.PublicationFrame>,
  Fits<EphemeralFrame, Plain.EphemeralFrame>,
  Fits<Frames<typeof serverFrames>[keyof typeof serverFrames], Plain.ServerFrame>,
  Fits<Plain.ClientFrames['history'], Omit<Frames<typeof clientFrames>['history'], 'type'>>,
  Fits<Plain.ClientFrames['publish'], Omit<Frames<typeof clientFrames>['publish'], 'type'>>,
] = [true, true, true, true, true];

test('the types of a server decide what compiles, and the plain frames are those of the schemas', () => {
  expect(fits).not.toContain(false as never);
  expect(client.state.status).toBe('disconnected');
});
