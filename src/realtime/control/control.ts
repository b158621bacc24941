import { AppError } from '../../errors.ts';
import { Outage } from '../../lib/outage.ts';
import type { Logger } from '../../logger.ts';
import type { CloseReason } from '../../protocol/wire/close-codes.ts';
import type { LiveChannels } from '../channels/live-channels.ts';
import type { RevocationStore } from '../ports/revocation-store.ts';
import type { Delivery, Subscriber } from '../ports/transport.ts';
import type { Principal } from '../principal.ts';
import type { NewPublication } from '../publishing/new-publication.ts';
import type { Session } from '../sessions/session.ts';
import { silentTransport } from '../sessions/silent-transport.ts';

/** No client can name it: names on the wire begin with a letter. */
export const controlChannel = '_control';

interface ControlDeps {
  readonly channels: LiveChannels;
  readonly revocations: RevocationStore;
  readonly publish: (publication: NewPublication) => Promise<unknown>;
  /** Those of this process. */
  readonly sessions: Iterable<Session>;
  readonly end: (session: Session, reason: CloseReason) => void;
  /** Asks every rule again for the session's subscriptions. */
  readonly review: (session: Session) => Promise<void>;
  readonly logger: Logger;
}

/** A command of an administrator to all processes. */
type Command =
  | { readonly type: 'disconnect'; readonly userId: string }
  | { readonly type: 'review'; readonly userId: string }
  | { readonly type: 'revoke'; readonly userId: string; readonly at: number };

/**
 * R3: for a transaction that takes a right from a user. When it is committed, all processes ask every rule again for the
 * user's sessions, and end the subscriptions that are denied now.
 */
export const reviewCommand = (userId: string): NewPublication => ({
  channel: controlChannel,
  type: 'review',
  data: { userId },
});

/**
 * R3: commands to end somebody's sessions go through the log as publications do, so a process that the broker did not
 * reach finds them there at the next comparison of heads.
 */
export class Control {
  readonly #deps: ControlDeps;
  readonly #subscriber: Subscriber;
  /** By user id; tokens issued until then are withdrawn. */
  readonly #revokedAt = new Map<string, number>();
  #listening = false;
  /** Whether the table was read since commands were last lost, and how often they were. */
  #isKnown = false;
  #losses = 0;
  readonly #outage: Outage;
  #healing: Promise<void> | undefined;

  constructor(deps: ControlDeps) {
    this.#deps = deps;
    const transport = silentTransport('control', {
      deliver: (delivery) => this.#obey(commandIn(delivery)),
      // The log began a new life, or lost commands that came meanwhile.
      send: () => void this.reread(),
    });
    this.#subscriber = { transport };
    this.#outage = new Outage({
      logger: deps.logger,
      level: 'error',
      failing: 'withdrawn tokens cannot be read; tokens are refused until they are',
      healed: 'withdrawn tokens are known',
    });
  }

  /** Ends the user's sessions in all processes; they may come back. */
  async disconnect(userId: string): Promise<void> {
    await this.#send({ type: 'disconnect', userId });
  }

  /** Withdraws every token the user has, and ends what was opened with one. Returns the time, as `RevocationStore`. */
  async revoke(userId: string): Promise<number> {
    const at = await this.#deps.revocations.revoke(userId);
    await this.#send({ type: 'revoke', userId, at });
    return at;
  }

  /** Withdraws the user's tokens as `revoke` does, ends their sessions also without one, and keeps no name of it. */
  async forget(userId: string): Promise<void> {
    await this.revoke(userId);
    await this.disconnect(userId);
    await this.#deps.revocations.conceal(userId);
  }

  /**
   * Throws `token_revoked` for an identity whose token has been withdrawn, and `not_ready` for one whose token may have
   * been, while this process could not read which ones are (R3).
   */
  check(principal: Principal): void {
    if (this.isRevoked(principal)) throw new AppError('token_revoked', 'This token has been withdrawn.');
    if (this.#isKnown || !isRevocable(principal)) return;
    void this.heal();
    throw unread();
  }

  /** Resolves when every withdrawn token is known; rejects with `not_ready` while the table cannot be read. */
  async checkReady(): Promise<void> {
    await this.heal();
    if (!this.#isKnown) throw unread();
  }

  /** Reads again which tokens were withdrawn, after commands may have been lost. Never rejects. */
  reread(): Promise<void> {
    this.#isKnown = false;
    this.#losses++;
    return this.heal();
  }

  /**
   * Listens, and knows what was revoked before it did, or while commands were lost with their log. Never rejects; to be
   * called again and again, for the database may be away.
   */
  heal(): Promise<void> {
    if (this.#listening && this.#isKnown) return Promise.resolve();
    this.#healing ??= this.#heal().finally(() => {
      this.#healing = undefined;
    });
    return this.#healing;
  }

  async #heal(): Promise<void> {
    try {
      // In this order nothing falls between: a command that is not in the table yet is given later, and heard.
      if (!this.#listening) await this.#listen();
      let losses: number;
      do {
        losses = this.#losses;
        for (const [userId, at] of await this.#deps.revocations.read()) this.#revoked(userId, at);
      } while (losses !== this.#losses);
      this.#isKnown = true;
      this.#endRevoked();
      this.#outage.passed();
    } catch (error) {
      this.#outage.failed(error);
    }
  }

  async #listen(): Promise<void> {
    const live = this.#deps.channels.hold({ name: controlChannel, wireName: controlChannel });
    try {
      await live.opened;
    } catch (error) {
      this.#deps.channels.release(live);
      throw error;
    }
    live.join(this.#subscriber);
    this.#listening = true;
  }

  async #send({ type, ...data }: Command): Promise<void> {
    await this.#deps.publish({ channel: controlChannel, type, data });
  }

  #obey(command: Command | undefined): void {
    if (!command) return;
    const { userId } = command;
    this.#deps.logger.info(command, 'a command for all processes came; the sessions that it names follow it');
    if (command.type === 'review') {
      this.#reviewSessions(userId);
      return;
    }
    if (command.type === 'disconnect') {
      this.#endSessions('disconnected', (principal) => isUser(principal, userId));
      return;
    }
    this.#revoked(userId, command.at);
    this.#endRevoked();
  }

  #revoked(userId: string, at: number): void {
    this.#revokedAt.set(userId, Math.max(at, this.#revokedAt.get(userId) ?? 0));
  }

  #endRevoked(): void {
    this.#endSessions('revoked', (principal) => this.isRevoked(principal));
  }

  #endSessions(reason: CloseReason, isMeant: (principal: Principal) => boolean): void {
    for (const session of this.#deps.sessions) {
      if (session.principal && isMeant(session.principal)) this.#deps.end(session, reason);
    }
  }

  #reviewSessions(userId: string): void {
    const { sessions, review, logger } = this.#deps;
    for (const session of sessions) {
      if (!session.principal || !isUser(session.principal, userId)) continue;
      review(session).catch((error) =>
        logger.error(
          { err: error, userId },
          'subscriptions were not reviewed; the next refresh asks their rules',
        ),
      );
    }
  }

  /** Without a token there is nothing to withdraw. */
  isRevoked({ userId, issuedAt, service }: Principal): boolean {
    if (service || issuedAt === undefined || this.#revokedAt.size === 0) return false;
    const at = this.#revokedAt.get(userId) ?? this.#revokedAt.get(this.#deps.revocations.concealed(userId));
    return at !== undefined && issuedAt <= at;
  }
}

const isUser = ({ service, userId }: Principal, wanted: string) => !service && userId === wanted;

/** Whether the identity rests on a token that can be withdrawn. */
const isRevocable = ({ service, issuedAt }: Principal) => !service && issuedAt !== undefined;

const unread = () =>
  new AppError('not_ready', 'This process has not read yet which tokens were withdrawn.', {
    retryAfterMs: 1_000,
  });

/** Undefined for a command of another version. */
function commandIn({ publication: { type, data } }: Delivery): Command | undefined {
  const command = { type, ...(JSON.parse(data) as object) } as Command;
  return type === 'disconnect' || type === 'revoke' || type === 'review' ? command : undefined;
}
