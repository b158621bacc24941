import { AppError } from '../../errors.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Logger } from '../../logger.ts';
import type { Broker } from '../ports/broker.ts';
import { encodeSignal, type Part } from '../publishing/signal.ts';
import { Assembly, partsOf } from './parts.ts';

/** No client can name it: names on the wire begin with a letter. */
export const peersChannel = '_peers';

/** Returns the answer of this process, as JSON can hold it. */
export type Answerer = (parameters: never) => unknown;

/** The answer of one process; `error` is the code of its failure. */
export type PeerAnswer =
  | { readonly processId: string; readonly value: unknown }
  | { readonly processId: string; readonly error: string };

type Message =
  | { readonly type: 'ask'; readonly id: string; readonly kind: string; readonly parameters: unknown }
  | { readonly type: 'answer'; readonly id: string; readonly answer: PeerAnswer };

interface Question {
  readonly answers: Map<string, PeerAnswer>;
  readonly heard: () => void;
}

export interface Asking {
  /** The processes that are awaited; all that answer within the time where it is undefined. */
  readonly expected?: readonly string[] | undefined;
  readonly waitMs: number;
}

interface PeersDeps {
  readonly broker: Pick<Broker, 'join' | 'signal'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly createId: () => string;
}

/**
 * Questions between the processes of a deployment, over the broker: at most once, nothing is stored, and nothing is sent
 * while nobody asks. A process that does not answer in time is left out, and its caller sees that.
 */
export class Peers {
  readonly #deps: PeersDeps;
  readonly #answerers = new Map<string, Answerer>();
  readonly #questions = new Map<string, Question>();
  readonly #assembly = new Assembly();
  #processId = '';

  constructor(deps: PeersDeps) {
    this.#deps = deps;
  }

  get processId(): string {
    return this.#processId;
  }

  /** Hears of questions from now on. */
  async start(processId: string): Promise<void> {
    this.#processId = processId;
    await this.#deps.broker.join(peersChannel);
  }

  /** Answers questions of this kind, those of this process included. */
  answer<Parameters>(kind: string, answerer: (parameters: Parameters) => unknown): void {
    this.#answerers.set(kind, answerer);
  }

  /** Resolves with the reply of this process and those of the others. Never rejects. */
  async ask(kind: string, parameters: unknown, { expected, waitMs }: Asking): Promise<readonly PeerAnswer[]> {
    const { clock, createId } = this.#deps;
    const awaited = expected?.filter((id) => id !== this.#processId);
    const own = this.#answer(kind, parameters);
    if (awaited?.length === 0) return [await own];
    const id = createId();
    const answers = new Map<string, PeerAnswer>();
    const { promise: over, resolve } = Promise.withResolvers<void>();
    const heard = () => {
      if (awaited?.every((each) => answers.has(each))) resolve();
    };
    this.#questions.set(id, { answers, heard });
    using _limit = clock.after(waitMs, resolve);
    this.#send({ type: 'ask', id, kind, parameters });
    const first = await own;
    await over;
    this.#questions.delete(id);
    return [first, ...answers.values()];
  }

  /** Takes a part of a message of another process. */
  heard(part: Part): void {
    const text = this.#assembly.add(part);
    if (text === undefined) return;
    const message = JSON.parse(text) as Message;
    if (message.type === 'ask') void this.#reply(message.id, message.kind, message.parameters);
    else if (message.type === 'answer') {
      const question = this.#questions.get(message.id);
      question?.answers.set(message.answer.processId, message.answer);
      question?.heard();
    }
  }

  async #reply(id: string, kind: string, parameters: unknown): Promise<void> {
    this.#send({ type: 'answer', id, answer: await this.#answer(kind, parameters) });
  }

  async #answer(kind: string, parameters: unknown): Promise<PeerAnswer> {
    const processId = this.#processId;
    const answerer = this.#answerers.get(kind);
    // A process of another version.
    if (!answerer) return { processId, error: 'not_found' };
    try {
      return { processId, value: await answerer(parameters as never) };
    } catch (error) {
      const { code } = AppError.from(error);
      this.#deps.logger.warn(
        { err: error, kind },
        'a question of an operator failed; this process is left out',
      );
      return { processId, error: code };
    }
  }

  #send(message: Message): void {
    const { broker, createId } = this.#deps;
    const parts = partsOf(createId(), JSON.stringify(message));
    if (!parts && message.type === 'answer') {
      const { processId } = message.answer;
      this.#send({ ...message, answer: { processId, error: 'payload_too_large' } });
    }
    for (const part of parts ?? []) broker.signal(peersChannel, encodeSignal({ kind: 'part', part }));
  }
}
