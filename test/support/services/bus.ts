import type { Publication } from '../../../src/protocol/wire/publication.ts';
import type { Broker, ConnectBroker } from '../../../src/realtime/ports/broker.ts';
import { until } from '../until.ts';

/** A process as a bus sees it: a broker, and notes of all it heard. */
export interface Member extends AsyncDisposable {
  readonly broker: Broker;
  /** `channel/offset`, in the order it was heard, as a publication or as a position. */
  readonly heard: readonly string[];
  /** The publications that came whole. */
  readonly publications: readonly Publication[];
  /** `channel text`, in the order they came. */
  readonly signals: readonly string[];
  readonly gaps: number;
  hearsSignal(channel: string, text: string): Promise<void>;
  /** Resolves when it has heard of the publication. */
  hears(publication: Publication): Promise<void>;
  /** Resolves after one more gap. */
  gap(): Promise<void>;
  joined(...channels: string[]): Promise<Member>;
}

const waitMs = 15_000;

/** Joins the bus and waits until announcements come and go. */
export async function connectMember(connect: ConnectBroker): Promise<Member> {
  const member = createMember(connect);
  await until(() => member.broker.connected, waitMs);
  return member;
}

/** Joins the bus, whatever state it is in. */
export function createMember(connect: ConnectBroker): Member {
  const heard: string[] = [];
  const publications: Publication[] = [];
  const signals: string[] = [];
  let gaps = 0;
  const broker = connect({
    onPublication(publication) {
      publications.push(publication);
      heard.push(label(publication));
    },
    onPosition: (channel, { offset }) => void heard.push(`${channel}/${offset}`),
    onSignal: (channel, text) => void signals.push(`${channel} ${text}`),
    onGap: () => void gaps++,
  });
  const member: Member = {
    broker,
    heard,
    publications,
    signals,
    get gaps() {
      return gaps;
    },
    async hearsSignal(channel, text) {
      await until(() => signals.includes(`${channel} ${text}`), waitMs);
    },
    async hears(publication) {
      const wanted = label(publication);
      await until(() => heard.includes(wanted), waitMs);
    },
    async gap() {
      const before = gaps;
      await until(() => gaps > before, waitMs);
    },
    async joined(...channels) {
      await Promise.all(channels.map((channel) => broker.join(channel)));
      return member;
    },
    [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose](),
  };
  return member;
}

let ids = 0;

/** A publication as the log would answer it. */
export function publication(
  channel: string,
  offset: number,
  content: Partial<Publication> = {},
): Publication {
  const timestamp = '2026-01-01T00:00:00.000Z';
  return { id: `p${++ids}`, channel, epoch: 'e1', offset, type: 'note', data: '{}', timestamp, ...content };
}

export const label = ({ channel, offset }: Publication) => `${channel}/${offset}`;
