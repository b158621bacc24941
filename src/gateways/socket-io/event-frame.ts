import { checkClientFrame, type Decoded, type OwnChecks } from '../../protocol/frames/codec.ts';
import { NumberOutOfRange, outOfRange } from '../../protocol/wire/json.ts';

const numberFault = {
  code: 'number_out_of_range',
  message: new NumberOutOfRange().message,
  id: undefined,
} as const;

/** Events that stand for a frame of another type. */
const aliases: Readonly<Record<string, string>> = { authenticate: 'auth' };

/** Channels by the names that applications have for them, with fields of a payload: `campus:{campusId}`. */
export type Rooms = ReadonlyMap<string, string>;

/** The frame that a client's event and its argument stand for, or what is wrong with it. Never throws. */
export function decodeEvent(
  event: unknown,
  args: readonly unknown[],
  rooms: Rooms,
  own?: OwnChecks,
): Decoded {
  const strange = strangerIn(args);
  if (strange === outOfRange) return { fault: numberFault };
  if (strange) return invalid('Arguments are JSON; this one is binary.');
  const [payload = {}] = args;
  // The name may be a number, or nothing at all.
  const name = typeof event === 'string' ? event : '';
  const type = (Object.hasOwn(aliases, name) ? aliases[name] : undefined) ?? name;
  const isShort = typeof payload === 'string' && (type === 'subscribe' || type === 'unsubscribe');
  const fields = isShort ? { channel: payload } : payload;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) return checkClientFrame(fields);
  const [, verb, room = ''] = /^((?:un)?subscribe):(.*)$/.exec(type) ?? [];
  const pattern = rooms.get(room);
  if (verb && pattern !== undefined) return decodeRoom(verb, pattern, fields);
  const named = type === 'publish' && 'type' in fields ? { publicationType: fields.type, ...fields } : fields;
  return checkClientFrame({ ...named, type }, own);
}

function decodeRoom(type: string, pattern: string, payload: object): Decoded {
  const fields: Readonly<Record<string, unknown>> = { ...payload };
  const missing: string[] = [];
  const channel = pattern.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = fields[name];
    if (typeof value === 'string' && value !== '') return value;
    missing.push(name);
    return '';
  });
  if (missing.length > 0) return invalid(`The payload needs ${missing.join(', ')}, a text.`);
  return checkClientFrame({ ...fields, type, channel });
}

function invalid(message: string): Decoded {
  return { fault: { code: 'invalid_frame', message, id: undefined } };
}

/**
 * The first value that no JSON of ours holds: attachments arrive as buffers in the places that JSON gave them. Without
 * recursion, as the depth is the client's.
 */
function strangerIn(args: readonly unknown[]): object | undefined {
  const pending: unknown[] = [...args];
  while (pending.length > 0) {
    const value = pending.pop();
    if (ArrayBuffer.isView(value) || value === outOfRange) return value as object;
    if (typeof value !== 'object' || value === null) continue;
    for (const inner of Object.values(value)) pending.push(inner);
  }
  return undefined;
}
