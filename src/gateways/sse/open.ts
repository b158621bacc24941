import { AppError } from '../../errors.ts';
import {
  type Position,
  type PositionVector,
  parsePosition,
  parseVector,
} from '../../protocol/wire/position.ts';
import type { ResolvedChannel } from '../../realtime/channels/namespace.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { Subscribed } from '../../realtime/subscriptions/recovery.ts';
import { SharedDelivery } from '../fanout/shared-delivery.ts';
import { encodePublicationEvent, heartbeat } from '../http/stream-event.ts';
import { EventStream } from './event-stream.ts';
import type { SseGateway } from './gateway.ts';
import type { StreamForm } from './host.ts';

export interface StreamRequest {
  readonly principal: Principal;
  /** Comma-separated. */
  readonly channels: string;
  /** A vector, or one position for a single channel. */
  readonly since: string | undefined;
  /** The id of the newest event that the client has; goes before `since`, which EventSource repeats at each attempt. */
  readonly lastEventId: string | undefined;
}

/**
 * A stream that has begun: every channel was allowed and has answered. One that was disconnected meanwhile says why,
 * as any stream does, and is over. Rejects with what any channel was refused with; then nothing is left behind.
 */
export async function openStream(gateway: SseGateway, request: StreamRequest): Promise<EventStream> {
  const { principal } = request;
  const channels = channelsOf(gateway, request);
  const heard = request.lastEventId === undefined ? undefined : positionsIn(request.lastEventId, channels);
  // An id of another server. A refusal would end an EventSource for ever; `reset` tells it to read everything again.
  const isUnknown = request.lastEventId !== undefined && heard === undefined;
  const since = heard ?? (isUnknown ? nowhere : sinceOf(request.since, channels));
  const stream = new EventStream(gateway, publicationForm, channels);
  await prepare(gateway, stream, principal, async () => {
    await Promise.all(
      channels.map(({ wireName }) =>
        subscribe(gateway, stream, wireName, since.get(wireName), (answer) =>
          stream.subscribed(wireName, isUnknown ? { ...answer, recovered: false } : answer),
        ).catch((error: unknown) => {
          throw naming(wireName, error);
        }),
      ),
    );
    stream.begin((position) => ({
      event: 'subscribed',
      data: { type: 'subscribed', clientId: stream.session.id, position },
    }));
  });
  return stream;
}

const nowhere: PositionVector = new Map();

const publicationForm: StreamForm = {
  present: (delivery) => new SharedDelivery(delivery, encodePublicationEvent),
  beat: () => heartbeat,
  tellsReset: true,
};

/**
 * Identifies the stream, then joins its channels and begins it. A failure frees it. A client that went meanwhile needs no
 * watching: Bun cancels the body of a response that comes too late.
 */
export async function prepare(
  { manager }: SseGateway,
  stream: EventStream,
  principal: Principal,
  join: () => Promise<void>,
): Promise<void> {
  try {
    await manager.identify(stream.session, principal);
    await join();
  } catch (error) {
    if (AppError.from(error).code === 'too_many_connections') stream.end('too_many_connections');
    stream.free('refused');
    throw error;
  }
}

/** Resolves when the channel has answered, or the stream has ended; what was missed may still be on its way. */
export function subscribe(
  { manager, logger }: SseGateway,
  stream: EventStream,
  channel: string,
  since: Position | undefined,
  reply: (answer: Subscribed) => void,
): Promise<Subscribed | undefined> {
  return new Promise((resolve, reject) => {
    let answered = false;
    manager
      .subscribe(stream.session, channel, since, (answer) => {
        reply(answer);
        answered = true;
        resolve(answer);
      })
      .then(() => resolve(undefined))
      .catch((error: unknown) => {
        reject(error);
        if (!answered) return;
        logger.warn(
          { err: error, clientId: stream.session.id },
          'recovery of a stream was interrupted; the stream ends, and its client comes back',
        );
        stream.end('renew');
      });
  });
}

/** The channels asked for, each once, in an order that is the same for everybody. */
function channelsOf({ manager, limits }: SseGateway, request: StreamRequest): ResolvedChannel[] {
  const names = new Set(request.channels.split(',').map((name) => name.trim()));
  if (names.size > limits.channelsPerSession) {
    throw new AppError('too_many_channels', `A stream may have ${limits.channelsPerSession} channels.`);
  }
  return [...names].sort().map((name) => {
    try {
      return manager.namespaces.resolve(name, request.principal);
    } catch (error) {
      throw naming(name, error);
    }
  });
}

/** A refusal that says which channel of several it is about, so that a client can go on with the others. */
function naming(channel: string, thrown: unknown): AppError {
  const error = AppError.from(thrown);
  const { code, message, retryAfterMs, field } = error;
  if (error.status >= 500 || error.details) return error;
  return new AppError(code, message, {
    cause: error.cause,
    details: { channel },
    ...(retryAfterMs !== undefined && { retryAfterMs }),
    ...(field !== undefined && { field }),
  });
}

/** By wire name; a channel that is not in it begins at its end. */
function sinceOf(text: string | undefined, channels: readonly ResolvedChannel[]): PositionVector {
  const positions = text ? positionsIn(text, channels) : nowhere;
  if (positions) return positions;
  throw new AppError(
    'validation_failed',
    '"since" is positions as the server gave them: channel@epoch:offset, separated by commas.',
  );
}

/** Undefined for a text that is neither a vector nor, for a single channel, a position. */
function positionsIn(text: string, channels: readonly ResolvedChannel[]): PositionVector | undefined {
  const vector = parseVector(text);
  if (vector) return vector;
  const [only] = channels;
  const position = only && channels.length === 1 ? parsePosition(text) : undefined;
  return only && position && new Map([[only.wireName, position]]);
}
