import { AppError } from '../../errors.ts';
import type { DeclaredChannel, DeclaredContent } from '../../protocol/frames/declared-messages.ts';
import { isPublicationType } from '../../protocol/name.ts';
import { channelSegments, isChannelName, personalChannel } from '../../protocol/wire/channel-name.ts';
import type { Retention } from '../ports/event-log.ts';
import { hasScope, type Principal } from '../principal.ts';

/** Decides from the principal alone, or by a query. A rule that throws denies and reports its error. */
export type Rule = (principal: Principal, ...segments: string[]) => boolean | Promise<boolean>;

/** The part of a client's publication that the namespace does not carry, and what it carries instead. */
export interface ContentFault {
  readonly field: 'type' | 'data';
  readonly expected: string;
}

/** One kind of channel. A domain declares its own; names are unique in a process. */
export interface Namespace {
  /** `hearings`, or with parameters `case:{id}`; the part before the first colon is the namespace's name. */
  readonly pattern: string;
  /** The rule for reading, asked at every subscribe, resume and refresh (R3). It gets the values of the parameters. */
  readonly read: Rule;
  /** The rule for clients that publish by a frame. Absent: only the server publishes. */
  readonly publish?: Rule;
  /**
   * The types of ephemeral frames, which go to the readers of the moment and into no log: `['typing']`. Absent: none. No
   * sender may use another type, for readers would believe a frame that looks like a publication of the server (R3).
   */
  readonly ephemeral?: readonly string[];
  /** The rule for sending ephemeral frames. Absent: every reader may. A service always may. */
  readonly whisper?: Rule;
  /** The rule of those who may upload files for the channel; its readers download them. Absent: it takes no files. */
  readonly files?: Rule;
  /** The schemas of the channel, for documents. */
  readonly declared?: DeclaredContent;
  /** Checks what a client sends, by the schemas of the channel; absent: any type and any data. */
  readonly faultOf?: (
    kind: 'publications' | 'ephemeral',
    type: string,
    data: unknown,
  ) => ContentFault | undefined;
  /** Readers learn who else reads the channel: state, then diffs, by user. */
  readonly presence?: true;
  /** Each user has their own channel behind the one name, and never sees another's. */
  readonly personal?: true;
  /** Publications wait up to so many milliseconds and leave as one frame, on sockets that were opened for that. */
  readonly batchMs?: number;
  /**
   * With this, event-style transports hand their listeners the data of a publication alone; without, the whole
   * publication.
   */
  readonly eventPayload?: 'data';
  /**
   * The channel of a tenant that everybody reads who may act for that tenant alone. A session that names a tenant as its
   * context, or comes back in one, acts for it where it may read that channel.
   */
  readonly contextChannel?: (tenant: string) => string;
  /** The retention of each channel, where it differs from the configuration's. */
  readonly retention?: Retention;
}

/** A channel name together with what it means for one principal. */
export interface ResolvedChannel {
  readonly namespace: Namespace;
  /** The name on the wire. */
  readonly wireName: string;
  /** The name in the log. */
  readonly name: string;
  readonly segments: readonly string[];
}

/** The parts of a channel that its live form needs. The engine's own channels have no namespace. */
export type ChannelToOpen = Pick<ResolvedChannel, 'name' | 'wireName'> &
  Partial<Pick<ResolvedChannel, 'namespace'>>;

export class NamespaceRegistry {
  readonly #byName = new Map<string, { namespace: Namespace; parameters: number }>();

  constructor(namespaces: Iterable<Namespace>) {
    for (const namespace of namespaces) {
      const [name, ...parameters] = channelSegments(namespace.pattern);
      if (this.#byName.has(name)) throw new Error(`Two domains declare the namespace "${name}".`);
      if (namespace.personal && parameters.length > 0) {
        throw new Error(`The personal namespace "${namespace.pattern}" cannot have parameters.`);
      }
      if (namespace.personal && namespace.batchMs !== undefined) {
        throw new Error(`The personal namespace "${namespace.pattern}" cannot go out in batches.`);
      }
      if (namespace.personal && namespace.files) {
        throw new Error(`The personal namespace "${namespace.pattern}" cannot have files.`);
      }
      for (const type of namespace.ephemeral ?? []) {
        if (isPublicationType(type)) continue;
        throw new Error(`The namespace "${namespace.pattern}" cannot carry the ephemeral type "${type}".`);
      }
      this.#byName.set(name, { namespace, parameters: parameters.length });
    }
  }

  /** The channels that declare the schemas of what they carry. */
  get declared(): DeclaredChannel[] {
    return [...this.#byName.values()].flatMap(({ namespace: { pattern, declared } }) =>
      declared ? [{ pattern, ...declared }] : [],
    );
  }

  /** The namespaces in which each user has a channel of their own. */
  get personal(): string[] {
    return [...this.#byName].flatMap(([name, { namespace }]) => (namespace.personal ? [name] : []));
  }

  get patterns(): string[] {
    return [...this.#byName.values()].map(({ namespace }) => namespace.pattern);
  }

  /** The number of segments that follow each namespace's name in the log. */
  get segments(): Map<string, number> {
    return new Map(
      [...this.#byName].map(([name, { namespace, parameters }]) => [
        name,
        namespace.personal ? 1 : parameters,
      ]),
    );
  }

  /** The namespace of a channel by its name in the log. The engine's own channels have none. */
  ofChannel(name: string): Namespace | undefined {
    return this.#byName.get(channelSegments(name)[0])?.namespace;
  }

  /** The channel a principal means by a name. Throws `unknown_channel`. */
  resolve(wireName: string, principal: Principal): ResolvedChannel {
    const [name, ...segments] = channelSegments(wireName);
    const known = isChannelName(wireName) ? this.#byName.get(name) : undefined;
    if (!known || known.parameters !== segments.length) {
      const names = this.patterns.join(', ');
      throw new AppError('unknown_channel', `There is no channel of this name; there are ${names}.`);
    }
    const { namespace } = known;
    return {
      namespace,
      wireName,
      name: namespace.personal ? personalChannel(wireName, principal.userId) : wireName,
      segments,
    };
  }

  /** Also throws `forbidden` where the principal may not read, and whatever the rule throws (R3). */
  async readable(wireName: string, principal: Principal): Promise<ResolvedChannel> {
    return this.readableNow(wireName, principal);
  }

  /** The same, at once where the rule decides from the principal alone: throws then. */
  readableNow(wireName: string, principal: Principal): ResolvedChannel | Promise<ResolvedChannel> {
    const channel = this.resolve(wireName, principal);
    const may = hasScope(principal, 'read') && channel.namespace.read(principal, ...channel.segments);
    if (typeof may === 'boolean') return readBy(principal, channel, may);
    return may.then((allowed) => readBy(principal, channel, allowed));
  }

  /** Also throws `forbidden` where the principal may not publish. A service may everywhere. */
  async writable(wireName: string, principal: Principal): Promise<ResolvedChannel> {
    const channel = this.resolve(wireName, principal);
    const may = principal.service
      ? hasScope(principal, 'publish')
      : await channel.namespace.publish?.(principal, ...channel.segments);
    if (may) return channel;
    throw new AppError('forbidden', 'You may not publish to this channel.');
  }

  /** The same for what is ephemeral, of a type that the namespace carries so. A service may send no other either. */
  async whisperable(wireName: string, principal: Principal, type: string): Promise<ResolvedChannel> {
    const channel = this.resolve(wireName, principal);
    const { ephemeral: types = [], whisper, read } = channel.namespace;
    const isCarried = types.includes(type);
    const may = principal.service
      ? hasScope(principal, 'publish')
      : await (whisper ?? read)(principal, ...channel.segments);
    if (isCarried && may) return channel;
    if (!may || types.length === 0) {
      throw new AppError('forbidden', 'You may send nothing ephemeral to this channel.', {
        field: 'channel',
      });
    }
    const names = types.join(', ');
    throw new AppError('forbidden', `This channel carries no ephemeral type but ${names}.`, {
      field: 'type',
    });
  }

  /** The same for files. */
  async uploadable(wireName: string, principal: Principal): Promise<ResolvedChannel> {
    const channel = this.resolve(wireName, principal);
    const { files } = channel.namespace;
    if (!files) throw new AppError('forbidden', 'This channel takes no files.', { field: 'channel' });
    const may = principal.service
      ? hasScope(principal, 'publish')
      : await files(principal, ...channel.segments);
    if (may) return channel;
    throw new AppError('forbidden', 'You may upload no files for this channel.', { field: 'channel' });
  }

  /** Throws `validation_failed` where the channel does not carry what a person sends; a service knows what it does. */
  checkContent(
    { namespace }: ResolvedChannel,
    kind: 'publications' | 'ephemeral',
    { type, data }: { readonly type: string; readonly data: unknown },
    principal: Principal,
  ): void {
    const fault = principal.service ? undefined : namespace.faultOf?.(kind, type, data);
    if (!fault) return;
    const { field, expected } = fault;
    throw new AppError('validation_failed', `The ${field} is wrong: this channel carries ${expected}.`, {
      field,
    });
  }

  /** The channels of which one has to be readable for a session that acts for this tenant alone. */
  contextChannels(tenant: string): readonly string[] {
    return [...this.#byName.values()].flatMap(({ namespace }) => namespace.contextChannel?.(tenant) ?? []);
  }

  /** The retention of each namespace, by name. */
  retentions(otherwise: Retention): Map<string, Retention> {
    return new Map(
      [...this.#byName].map(([name, { namespace }]) => [name, namespace.retention ?? otherwise]),
    );
  }
}

function readBy({ role }: Principal, channel: ResolvedChannel, may: boolean): ResolvedChannel {
  if (may) return channel;
  throw new AppError(
    'forbidden',
    `The role "${role}" may not read this channel, or not with these parameters.`,
  );
}
