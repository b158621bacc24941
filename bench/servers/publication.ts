import { formatPosition } from '../../src/protocol/wire/position.ts';
import { encodePublication } from '../../src/protocol/wire/publication.ts';
import { channelName, row } from '../publications/messages.ts';

/** The publication that servers to compare with send: made beforehand, with as many bytes as ours has. */
export const channel = channelName(0);
export const place = { epoch: '01234567', offset: 100_000 };
export const position = formatPosition(place);
export const vector = `${channel}@${position}`;
export const timestamp = new Date().toISOString();
export const id = '019aa5e8-0000-7000-8000-000000000000';

export function publicationOn(name: string): string {
  const content = { type: 'bench_update', data: JSON.stringify(row), ...place };
  return encodePublication({ ...content, id, timestamp, channel: name }, name);
}

/** The answer to `POST /api/realtime/publish`. */
export function receiptOn(name: string): string {
  return JSON.stringify({ success: true, id, channel: name, position, offset: 100_000, delivered: 1_000 });
}
