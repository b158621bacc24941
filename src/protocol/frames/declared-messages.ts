import { type TObject, type TSchema, Type } from '@sinclair/typebox';
import { channelSegments } from '../wire/channel-name.ts';
import { EphemeralFrame, PublicationFrame } from './publication-frames.ts';

/** The schemas of the data that a channel carries, by the type of publication or ephemeral frame. */
export interface DeclaredContent {
  readonly publications?: Readonly<Record<string, TSchema>> | undefined;
  readonly ephemeral?: Readonly<Record<string, TSchema>> | undefined;
}

export interface DeclaredChannel extends DeclaredContent {
  /** `orders:{customer_id}` */
  readonly pattern: string;
}

interface DeclaredMessage {
  readonly name: string;
  readonly summary: string;
  readonly payload: TSchema;
}

/** A message for each type that a channel declares, with the schema of its data: `publication.orders.order_update`. */
export function declaredMessages(channels: readonly DeclaredChannel[]): Record<string, DeclaredMessage> {
  return Object.fromEntries(
    channels.flatMap(({ pattern, publications = {}, ephemeral = {} }) => [
      ...messagesOf('publication', PublicationFrame, pattern, publications),
      ...messagesOf('ephemeral', EphemeralFrame, pattern, ephemeral),
    ]),
  );
}

function messagesOf(
  kind: string,
  frame: TObject,
  pattern: string,
  schemas: Readonly<Record<string, TSchema>>,
) {
  const [namespace] = channelSegments(pattern);
  return Object.entries(schemas).map(([type, data]): [string, DeclaredMessage] => {
    const summary = `\`${type}\` of \`${pattern}\``;
    const properties = { ...frame.properties, type: Type.Literal(type), data };
    const payload = { ...frame, description: summary, properties };
    // A key of the document has letters, digits, ".", "-" and "_".
    return [`${kind}.${namespace}.${type.replace(/[^\w.-]/g, '_')}`, { name: type, summary, payload }];
  });
}
