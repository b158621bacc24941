import { type Static, Type } from '@sinclair/typebox';
import { Value } from '@sinclair/typebox/value';
import { unnamedService } from '../../auth/service-key.ts';
import { AppError } from '../../errors.ts';
import { clientFrames } from '../../protocol/frames/client-frames.ts';
import { Text } from '../../protocol/schemas/text.ts';
import type { CloseReason } from '../../protocol/wire/close-codes.ts';
import type { ErrorCode } from '../../protocol/wire/codes.ts';
import {
  contextOfVector,
  maxVectorLength,
  type Position,
  type PositionVector,
  parseVector,
} from '../../protocol/wire/position.ts';
import { contextOf } from '../../realtime/sessions/context.ts';
import { checkOrigin } from '../callers/origin.ts';
import { introduce, resumeContext, subscribeUnasked } from '../frames/identity.ts';
import type { Host, Peer } from '../frames/peer.ts';

const vector = Type.Optional(Text(maxVectorLength, { minLength: 0, description: 'channel@epoch:offset,…' }));

/** The payload of a client's CONNECT. `pid` and `offset` are sent by the stock client itself on a reconnect. */
export const ConnectPayload = Type.Composite([
  Type.Pick(clientFrames.auth, ['token', 'userId', 'role', 'tenants', 'context']),
  Type.Object({ since: vector, offset: vector, pid: Type.Optional(Text(64, { minLength: 0 })) }),
]);
type ConnectPayload = Static<typeof ConnectPayload>;

export interface Admission {
  /** The id that tells the stock client that its state was recovered. */
  readonly pid: string | undefined;
  /** Resolves when all that was missed has been sent, or cannot be. */
  readonly recovery: Promise<unknown>;
}

/**
 * Identifies the principal that the payload or the handshake names, and resumes the channels of its positions: each has
 * replied by then. Rejects with an AppError that the client is told.
 */
export async function admit(peer: Peer, payload: unknown, handshake: Request): Promise<Admission> {
  if (!Value.Check(ConnectPayload, payload)) {
    const at = Value.Errors(ConnectPayload, payload).First();
    throw new AppError('invalid_frame', `In auth, "${at?.path.slice(1)}" is wrong: ${at?.message}.`);
  }
  checkOrigin(handshake, peer.host.origins);
  const { positions, context } = resumedOf(payload, peer.host);
  const identity = await principalOf(payload, handshake, peer.host);
  if (!identity) {
    if (payload.since === undefined) return { pid: undefined, recovery: Promise.resolve() };
    throw new AppError('unauthenticated', 'Positions are resumed for somebody: send a token with "since".');
  }
  const principal = await resumeContext(peer.host.manager, identity, context);
  await introduce(peer, principal);
  const resumed = [...(positions ?? [])].map(([channel, position]) => resume(peer, channel, position));
  const isResumed = await Promise.all(resumed.map(({ answered }) => answered));
  await subscribeUnasked(peer, principal, positions);
  const isSame = context === contextOf(principal);
  return {
    pid: positions && isSame && isResumed.every((each) => each) ? payload.pid : undefined,
    recovery: Promise.all(resumed.map(({ ended }) => ended)),
  };
}

/** Returns the close reason for a refused connection. */
export function endOf({ code, shouldRetry }: AppError): CloseReason {
  return ends[code] ?? (shouldRetry ? 'renew' : 'bad_protocol');
}

const ends: Partial<Record<ErrorCode, CloseReason>> = {
  token_expired: 'expired',
  token_revoked: 'revoked',
  invalid_token: 'invalid_token',
  forbidden: 'permission',
  too_many_connections: 'too_many_connections',
};

interface Resumed {
  readonly positions: PositionVector | undefined;
  /** The tenant that the session acted for alone. */
  readonly context: string | undefined;
}

/** The position that the client heard last is newer than the one its page was made with. */
function resumedOf({ pid, offset, since, context }: ConnectPayload, host: Host): Resumed {
  const heard = pid !== undefined && offset !== undefined ? vectorOf(offset) : undefined;
  const text = heard ? offset : since;
  const positions = heard ?? (since === undefined ? undefined : vectorOf(since));
  if (!positions && since !== undefined) {
    throw new AppError(
      'invalid_frame',
      '"since" is positions as the server gave them: channel@epoch:offset,….',
    );
  }
  const most = host.limits.channelsPerSession;
  if (positions && positions.size > most) {
    throw new AppError('too_many_channels', `A session may have ${most} subscriptions.`);
  }
  return { positions, context: (positions && contextOfVector(text ?? '')) ?? context };
}

/** Undefined when it is none of ours: another server's, for instance. */
function vectorOf(text: string): PositionVector | undefined {
  return text === '' || text.startsWith(';') ? new Map() : parseVector(text);
}

async function principalOf(payload: ConnectPayload, handshake: Request, { authenticator }: Host) {
  const names = payload.token !== undefined || payload.userId !== undefined;
  if (names) return authenticator.fromFrame(payload);
  const named = await authenticator.fromUpgrade(handshake);
  return named ?? (authenticator.mode === 'insecure' ? unnamedService : undefined);
}

/** `answered` tells whether all that was missed follows; `ended` resolves when it has. */
function resume(peer: Peer, channel: string, since: Position) {
  const { session, host } = peer;
  const { promise: answered, resolve } = Promise.withResolvers<boolean>();
  const ended = host.manager
    .subscribe(session, channel, since, (answer) => {
      peer.send({ type: 'subscribed', channel, ...answer });
      resolve(answer.recovered === true);
    })
    .catch((error: unknown) => peer.tell(error, { channel }))
    // Also when it failed, or the session ended before there was an answer.
    .finally(() => resolve(false));
  return { answered, ended };
}
