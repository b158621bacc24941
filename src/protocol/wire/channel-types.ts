/**
 * The types that a server and its clients share about channels: no code, no dependency. A domain declares them once, with
 * schemas; `typeof domain` and the `App` of a server carry them to `createClient<App>`.
 */

/** The types of what one channel carries, by the type of a publication and of an ephemeral frame. */
export interface ChannelContent {
  readonly publications: { readonly [type: string]: unknown };
  readonly ephemeral: { readonly [type: string]: unknown };
}

/** The channels of a domain or of a whole server, by pattern: `hearings`, `orders:{customerId}`. */
export interface ChannelMap {
  readonly [pattern: string]: ChannelContent;
}

/** Carries the types of channels. No value has this property; it exists for the compiler alone. */
export interface TypedChannels<Channels> {
  readonly '~channels'?: Channels;
}

type ParameterNameOf<Pattern extends string> = Pattern extends `${string}{${infer Name}}${infer Rest}`
  ? Name | ParameterNameOf<Rest>
  : never;

/** The parameters of a pattern: `{ customerId: string }` of `orders:{customerId}`. */
export type ParametersOf<Pattern extends string> = string extends Pattern
  ? { readonly [name: string]: string }
  : { readonly [Name in ParameterNameOf<Pattern>]: string };

/** The names that a pattern stands for: `orders:${string}` of `orders:{customerId}`. */
export type ChannelNameOf<Pattern extends string> = Pattern extends `${infer Head}{${string}}${infer Rest}`
  ? `${Head}${string}${ChannelNameOf<Rest>}`
  : Pattern;

/** The channels of a server or a domain, from its type. An untyped one has channels of any name and content. */
export type ChannelsOf<Typed> =
  Typed extends TypedChannels<infer Channels>
    ? Channels extends ChannelMap
      ? Channels
      : ChannelMap
    : ChannelMap;

/** The names of all channels of a map. */
export type ChannelName<Channels> = ChannelNameOf<keyof Channels & string>;

/** The content of the channel with this name. */
export type ContentOf<Channels, Name extends string> = {
  [Pattern in keyof Channels & string]: Name extends ChannelNameOf<Pattern> ? Channels[Pattern] : never;
}[keyof Channels & string];

type Typed<Content> = {
  [Type in keyof Content & string]: { readonly type: Type; readonly data: Content[Type] };
}[keyof Content & string];

/** The publications that the readers of a channel receive: a union by `type`, with the `data` of each. */
export type PublicationOf<Channels, Name extends string> = Typed<
  ContentOf<Channels, Name> extends { readonly publications: infer Publications } ? Publications : never
>;

/** The same of what is in no log. */
export type EphemeralOf<Channels, Name extends string> = Typed<
  ContentOf<Channels, Name> extends { readonly ephemeral: infer Ephemeral } ? Ephemeral : never
>;
