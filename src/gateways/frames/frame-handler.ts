import { AppError } from '../../errors.ts';
import type { ClientFrameType, FrameOf } from '../../protocol/frames/client-frames.ts';
import type { Decoded } from '../../protocol/frames/codec.ts';
import type { OwnFrame } from '../../protocol/frames/own-frames.ts';
import { encodeHistory, encodeSyncResponse } from '../../protocol/frames/server-frames.ts';
import type { FrameId } from '../../protocol/wire/frame-id.ts';
import { type PositionVector, parseVector } from '../../protocol/wire/position.ts';
import { publishFrom, whisperFrom } from '../../realtime/client-publishing.ts';
import { hasScope } from '../../realtime/principal.ts';
import { identifyByFrame, subscribeUnasked } from './identity.ts';
import type { Peer } from './peer.ts';
import { positionOf } from './position-field.ts';

type Handler<T extends ClientFrameType> = (peer: Peer, frame: FrameOf<T>) => void | Promise<void>;

const handlers: { readonly [T in ClientFrameType]: Handler<T> } = {
  auth: identifyByFrame,

  subscribe(peer, { id, channel, since, channels }) {
    const each = channel === undefined ? (channels ?? []) : [{ channel, since }];
    return subscribeToEach(peer, id, each);
  },

  unsubscribe(peer, { id, channel }) {
    const { host, session } = peer;
    const left = channel === undefined ? [...session.subscriptions.keys()] : [channel];
    for (const each of left) {
      host.manager.unsubscribe(session, each);
      peer.send({ type: 'unsubscribed', id, channel: each });
    }
    // Nothing was left: the frame is answered all the same.
    if (left.length === 0) peer.send({ type: 'unsubscribed', id });
  },

  ping(peer, { id, positions, settledMs }) {
    const { clock, manager } = peer.host;
    if (positions === undefined) manager.sessions.told(peer.session);
    else manager.sessions.told(peer.session, { vector: vectorOf(positions), settledMs });
    peer.send({ type: 'pong', id, timestamp: new Date(clock.now()).toISOString() });
  },

  pong() {
    // Older clients answer protocol pings by a frame of their own; hearing it was enough.
  },

  async sync_request(peer, { id, channel, since, limit = 100 }) {
    const { manager, clock } = peer.host;
    const principal = peer.session.identified(clock.now());
    const { more: _, ...page } = await manager.reader.history(
      principal,
      channel,
      positionOf(since),
      limit,
      peer.session,
    );
    peer.reply('sync_response', encodeSyncResponse({ id, channel, ...page }));
  },

  async history(peer, { id, channel, before, limit = 50 }) {
    const { recovered: _, ...page } = await peer.host.manager.reader.backwards(
      peer.session.identified(peer.host.clock.now()),
      channel,
      positionOf(before, 'before'),
      limit,
      peer.session,
    );
    peer.reply('history', encodeHistory({ id, channel, ...page }));
  },

  async publish(peer, { id, channel, publicationType: type, data, key, ephemeral }) {
    const { session } = peer;
    const { manager, clock } = peer.host;
    if (ephemeral) {
      await whisperFrom(manager, session, { channel, type, data }, clock.now());
      return peer.send({ type: 'published', id });
    }
    const { publication } = await publishFrom(manager, session, { channel, type, data, key }, clock.now());
    const { epoch, offset, repeated } = publication;
    peer.send({ type: 'published', id, position: { epoch, offset }, repeated });
  },
};

function vectorOf(text: string): PositionVector {
  const vector = parseVector(text);
  if (!vector) {
    const wanted = 'channel@epoch:offset, separated by commas';
    throw new AppError('invalid_frame', `"positions" has to be ${wanted}, as the server gave them.`);
  }
  return vector;
}

/** Carries out one frame; whatever fails goes to `peer.fail`. Never throws or rejects. */
export function handleFrame(peer: Peer, decoded: Decoded): void | Promise<void> {
  if ('fault' in decoded) {
    const { code, message, id } = decoded.fault;
    return peer.fail(new AppError(code, message), { id });
  }
  if ('own' in decoded) {
    const { own } = decoded;
    return answerOwnFrame(peer, own).catch((error: unknown) =>
      peer.fail(AppError.fromWrite(error), { id: own.id }),
    );
  }
  const { frame } = decoded;
  const about = { id: frame.id, channel: 'channel' in frame ? frame.channel : undefined };
  // The table pairs each type with its own handler; the compiler cannot follow that through an index.
  const handler = handlers[frame.type] as Handler<ClientFrameType>;
  const fail = (error: unknown) =>
    peer.fail(frame.type === 'publish' ? AppError.fromWrite(error) : error, about);
  try {
    return handler(peer, frame)?.catch(fail);
  } catch (error) {
    fail(error);
  }
}

/** One after another, as by frames of their own. One frame costs at most one error of the budget. */
async function subscribeToEach(
  peer: Peer,
  id: FrameId | undefined,
  channels: readonly { readonly channel: string; readonly since?: string | undefined }[],
): Promise<void> {
  let isPaid = false;
  for (const { channel, since } of channels) {
    try {
      await peer.host.manager.subscribe(peer.session, channel, positionOf(since), (answer) =>
        peer.send({ type: 'subscribed', id, channel, ...answer }),
      );
    } catch (error) {
      if (isPaid) peer.tell(error, { id, channel });
      else peer.fail(error, { id, channel });
      isPaid = true;
    }
    if (peer.session.closed || peer.session.endReason) return;
  }
}

/**
 * Returns a frame of a domain. If the frame changed the session's principal, that principal's automatic subscriptions
 * follow. Rejects with the error for the client.
 */
async function answerOwnFrame(peer: Peer, frame: OwnFrame): Promise<void> {
  const { session, host } = peer;
  const before = session.identified(host.clock.now());
  const own = host.frames.get(frame.type);
  if (before && !hasScope(before, 'publish')) {
    throw new AppError(
      'forbidden',
      'This service key has not the scope "publish", which frames of a domain need.',
    );
  }
  if (!own) throw new Error(`The frame ${frame.type} was checked by another host.`);
  const answer = await own.handle(session, frame);
  peer.reply(own.replyType, JSON.stringify({ type: own.replyType, id: frame.id, ...answer }));
  const { principal } = session;
  if (principal && principal !== before) await subscribeUnasked(peer, principal, session.subscriptions);
}
