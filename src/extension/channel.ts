import type { Static, TSchema } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';
import type { DeclaredContent } from '../protocol/frames/declared-messages.ts';
import { channelSegments, decodeSegment, encodeSegment } from '../protocol/wire/channel-name.ts';
import type { ChannelNameOf, ParametersOf, TypedChannels } from '../protocol/wire/channel-types.ts';
import type { ContentFault, Namespace, Rule } from '../realtime/channels/namespace.ts';
import type { Principal } from '../realtime/principal.ts';
import { parametersOf } from './rules/rule-words.ts';

/** The schemas of what a channel carries, by type. */
export interface Schemas {
  readonly [type: string]: TSchema;
}

/**
 * Decides from the identity and the parameters of the channel, or by a query. A rule that throws denies and reports its
 * error.
 */
export type ChannelRule<Pattern extends string = string> = (
  principal: Principal,
  parameters: ParametersOf<Pattern>,
) => boolean | Promise<boolean>;

/** The description of one kind of channel. */
export interface ChannelOptions<
  Pattern extends string,
  Publications extends Schemas = Schemas,
  Ephemeral extends Schemas = Schemas,
> extends Omit<Namespace, 'pattern' | 'read' | 'publish' | 'whisper' | 'files' | 'ephemeral'> {
  /** The rule of those who may read; it is asked at every subscribe, resume and refresh (R3). */
  readonly read: ChannelRule<Pattern>;
  /** The rule of those who may publish by a frame of their own; absent: only the server publishes. */
  readonly publish?: ChannelRule<Pattern>;
  /** The rule of those who may send ephemeral frames, besides a service; absent: the readers. */
  readonly whisper?: ChannelRule<Pattern>;
  /** The rule of those who may upload files for it; its readers download them. Absent: it takes no files. */
  readonly files?: ChannelRule<Pattern>;
  /** By type, the `data` of publications, to which clients that publish are held. Absent: any type, with unknown data. */
  readonly publications?: Publications;
  /** By type, the `data` of what goes to the readers of the moment and into no log. No other type is carried so. */
  readonly ephemeral?: Ephemeral;
}

type Contents<Of> = {
  readonly [Type in keyof Of & string]: Of[Type] extends TSchema ? Static<Of[Type]> : never;
};

/** One kind of channel, with the types of what it carries. */
export type Channel<
  Pattern extends string = string,
  Publications extends Schemas = Schemas,
  Ephemeral extends Schemas = Schemas,
> = Namespace &
  TypedChannels<{
    readonly [Name in Pattern]: {
      readonly publications: Contents<Publications>;
      readonly ephemeral: Contents<Ephemeral>;
    };
  }>;

/**
 * One kind of channel. The part of `pattern` before the first colon names the namespace, and each `{name}` after it is a
 * parameter that the rules receive, without escapes:
 * `channel('orders:{customerId}', { read: ({ userId }, { customerId }) => userId === customerId })`.
 */
export function channel<
  const Pattern extends string,
  const Publications extends Schemas = Schemas,
  const Ephemeral extends Schemas = Record<never, never>,
>(
  pattern: Pattern,
  options: ChannelOptions<Pattern, Publications, Ephemeral>,
): Channel<Pattern, Publications, Ephemeral> {
  const names = parameterNames(pattern);
  const positional = (rule: ChannelRule<Pattern>): Rule => {
    return (principal, ...segments) => {
      const parameters = Object.fromEntries(
        names.map((name, place) => [name, decodeSegment(segments[place] ?? '')]),
      );
      return rule(principal, parameters as ParametersOf<Pattern>);
    };
  };
  const { read, publish, whisper, files, publications, ephemeral, ...rest } = options;
  return {
    ...rest,
    pattern,
    read: positional(read),
    ...(publish && { publish: positional(publish) }),
    ...(whisper && { whisper: positional(whisper) }),
    ...(files && { files: positional(files) }),
    ...(ephemeral && { ephemeral: Object.keys(ephemeral) }),
    ...((publications || ephemeral) && {
      declared: { publications, ephemeral },
      faultOf: contentCheck({ publications, ephemeral }),
    }),
  };
}

/** Holds what clients send to the schemas of a channel, which are compiled when they are first needed. */
function contentCheck(declared: DeclaredContent): NonNullable<Namespace['faultOf']> {
  const compiled = new Map<TSchema, TypeCheck<TSchema>>();
  return (kind, type, data): ContentFault | undefined => {
    const schemas = declared[kind];
    if (!schemas) return undefined;
    const schema = Object.hasOwn(schemas, type) ? schemas[type] : undefined;
    if (!schema) return { field: 'type', expected: `the types ${Object.keys(schemas).join(', ')}` };
    const check = compiled.get(schema) ?? TypeCompiler.Compile(schema);
    compiled.set(schema, check);
    const wrong = check.Errors(data).First();
    if (!wrong) return undefined;
    return {
      field: 'data',
      expected: `a "${type}" whose ${wrong.path.slice(1) || 'data'} is: ${wrong.message}`,
    };
  };
}

/** The name of the channel with these parameters: `orders:7`. Signs that a name cannot hold are escaped. */
export function channelName<const Pattern extends string>(
  pattern: Pattern,
  parameters: ParametersOf<Pattern>,
): ChannelNameOf<Pattern> {
  const [namespace] = channelSegments(pattern);
  const values: Readonly<Record<string, string>> = parameters;
  const segments = parameterNames(pattern).map((name) => encodeSegment(values[name] ?? ''));
  return [namespace, ...segments].join(':') as ChannelNameOf<Pattern>;
}

function parameterNames(pattern: string): readonly string[] {
  const [namespace] = channelSegments(pattern);
  const names = parametersOf(pattern);
  if (names && /^[a-z][a-z0-9_-]*$/.test(namespace)) return names;
  throw new Error(
    `The pattern "${pattern}" is not a namespace in lower case, followed by parameters such as ":{id}".`,
  );
}
