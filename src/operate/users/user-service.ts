import { formatPosition } from '../../protocol/wire/position.ts';
import type { OperateDeps } from '../deps.ts';
import type { ProcessesAsked } from '../peers.ts';
import { type KeptPosition, type Remembered, readPositions, rememberedOf } from '../people.ts';
import type { SessionService } from '../sessions/session-service.ts';
import { type GivenIdentity, identityOf } from './identity.ts';
import type { UserView } from './model.ts';
import { rightsOf, wireNameOf } from './rights.ts';
import { readAccount, readTracked } from './user-reads.ts';

const maxSessions = 50;
const maxPositions = 100;
/** Channels whose rules are asked for one person. */
const maxChannels = 50;

/** One person: devices, rights, inbox. */
export class UserService {
  readonly #deps: OperateDeps;
  readonly #asked: ProcessesAsked;
  readonly #sessions: SessionService;

  constructor(deps: OperateDeps, asked: ProcessesAsked, sessions: SessionService) {
    this.#deps = deps;
    this.#asked = asked;
    this.#sessions = sessions;
    deps.manager.peers.answer<string>('person', (userId) => rememberedOf(deps, userId));
  }

  async view(userId: string, given: GivenIdentity): Promise<UserView> {
    const { database, manager, positions: waiting } = this.#deps;
    await waiting.write();
    const { values, answered, silent } = await this.#asked.ask<Remembered>('person', userId);
    const { principal, shown } = identityOf(userId, given, values.values());
    const { data: sessions } = await this.#sessions.list({ user: userId, limit: maxSessions });
    const positions = await readPositions(database.query, userId, null, maxPositions);
    const steps = [...values.values()].flatMap((each) => each.steps.map(({ channel }) => channel ?? ''));
    const channels = [...positions.map(({ channel }) => channel), ...steps]
      .filter((channel) => channel !== '')
      .map((channel) => wireNameOf(manager.namespaces, channel, userId));
    const known = [...new Set(channels)].slice(0, maxChannels);
    return {
      success: true,
      userId,
      identity: shown,
      sessions,
      positions: positions.map(positionView),
      reads: await rightsOf(manager.namespaces, known, principal),
      ...(await readAccount(database, userId)),
      ...(await readTracked(database, userId)),
      answered,
      silent,
    };
  }
}

function positionView(kept: KeptPosition): UserView['positions'][number] {
  const { channel, deviceId, transport, seenAt, headEpoch, head, epoch, offset } = kept;
  const behind = headEpoch === epoch ? Math.max(0, head - offset) : null;
  return { channel, deviceId, transport, position: formatPosition({ epoch, offset }), behind, seenAt };
}
