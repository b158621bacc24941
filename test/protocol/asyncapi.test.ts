import { expect, test } from 'bun:test';
import { Parser } from '@asyncapi/parser';
import { Type } from '@sinclair/typebox';
import { asyncApi } from '../../src/protocol/frames/asyncapi.ts';
import { clientFrames } from '../../src/protocol/frames/client-frames.ts';
import { decodeClientFrame } from '../../src/protocol/frames/codec.ts';
import {
  BatchFrame,
  EphemeralFrame,
  PublicationFrame,
} from '../../src/protocol/frames/publication-frames.ts';
import { serverFrames } from '../../src/protocol/frames/server-frames.ts';

interface Message {
  readonly name: string;
  readonly summary: string;
  readonly payload: object;
  readonly examples?: readonly { readonly payload: object }[];
}

interface Document {
  readonly channels: Readonly<Record<string, { readonly messages: object; readonly description: string }>>;
  readonly operations: Readonly<Record<string, { readonly messages: readonly { readonly $ref: string }[] }>>;
  readonly components: { readonly messages: Readonly<Record<string, Message>> };
}

const info = { title: 'Tambuli', version: '1', description: 'd' };
// The document as its reader gets it.
const document = JSON.parse(
  JSON.stringify(asyncApi({ info, host: 'example.test', protocol: 'wss', patterns: ['case:{id}', 'open'] })),
) as Document;
const { messages } = document.components;

test('the document is valid AsyncAPI 3 by the official parser', async () => {
  const { document: parsed, diagnostics } = await new Parser().parse(JSON.stringify(document));
  const problems = diagnostics.filter(({ severity }) => severity <= 1);
  expect(problems).toEqual([]);
  expect(parsed?.version()).toBe('3.0.0');
});

test('a channel that declares what it carries has a message for each type, with the schema of its data', async () => {
  const data = Type.Object({ id: Type.Integer() });
  const made = asyncApi({
    ...{ info, host: 'example.test', protocol: 'wss' as const, patterns: ['orders:{id}'] },
    declared: [{ pattern: 'orders:{id}', publications: { order_update: data }, ephemeral: { typing: data } }],
  });
  const { diagnostics } = await new Parser().parse(JSON.stringify(made));
  expect(diagnostics.filter(({ severity }) => severity <= 1)).toEqual([]);
  const { components, channels } = JSON.parse(JSON.stringify(made)) as Document;
  for (const [key, name] of [
    ['publication.orders.order_update', 'order_update'],
    ['ephemeral.orders.typing', 'typing'],
  ] as const) {
    expect(components.messages[key]).toMatchObject({
      name,
      summary: `\`${name}\` of \`orders:{id}\``,
      payload: { properties: { type: { const: name }, data: { properties: { id: { type: 'integer' } } } } },
    });
    expect(channels['websocket']?.messages).toHaveProperty([key]);
  }
});

test('every frame is in the document once, with the very schema of the wire and its description', () => {
  const frames = [
    ...Object.entries(clientFrames).map(([type, schema]) => ({ name: type, schema })),
    { name: 'publication', schema: PublicationFrame },
    { name: 'ephemeral', schema: EphemeralFrame },
    { name: 'batch', schema: BatchFrame },
    ...Object.entries(serverFrames).map(([type, schema]) => ({ name: type, schema })),
  ];
  const described = Object.values(messages).map(({ name, payload }) => ({ name, schema: payload }));
  expect(described).toEqual(JSON.parse(JSON.stringify(frames)));
  for (const { summary, payload } of Object.values(messages)) {
    expect(summary).toBeString();
    expect(payload).toHaveProperty('description', summary);
  }
});

test('every frame goes over both sockets, and on each is received or sent by just one operation', () => {
  const frames = Object.keys(messages);
  const carried = Object.values(document.operations).flatMap((operation) => operation.messages);
  for (const channel of Object.values(document.channels)) {
    expect(Object.keys(channel.messages)).toEqual(frames);
    expect(channel.description).toContain('`case:{id}`, `open`');
  }
  const references = Object.keys(document.channels).flatMap((transport) =>
    frames.map((frame) => `#/channels/${transport}/messages/${frame}`),
  );
  expect(carried.map(({ $ref }) => $ref).sort()).toEqual(references.sort());
});

test('the examples of client frames are understood by the server, and name a channel it has', () => {
  const examples = Object.values(messages).flatMap((message) => message.examples ?? []);
  expect(examples).toHaveLength(Object.keys(clientFrames).length);
  for (const { payload } of examples) {
    expect(decodeClientFrame(JSON.stringify(payload))).toEqual({ frame: expect.objectContaining(payload) });
  }
  expect(messages['client.subscribe']?.examples?.[0]?.payload).toMatchObject({ channel: 'case:1' });
});
