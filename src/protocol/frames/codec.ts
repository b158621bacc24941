import type { TSchema } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler, type ValueError } from '@sinclair/typebox/compiler';
import { faultMessage } from '../schemas/fault.ts';
import type { ErrorCode } from '../wire/codes.ts';
import type { FrameId } from '../wire/frame-id.ts';
import { NumberOutOfRange, parseJson } from '../wire/json.ts';
import { type ClientFrame, type ClientFrameType, clientFrames, faultOf } from './client-frames.ts';
import type { OwnFrame } from './own-frames.ts';

/** The reason for which a frame was not understood. `id` is the frame's own where it could be read. */
export interface FrameFault {
  readonly code: Extract<ErrorCode, 'invalid_frame' | 'unknown_type' | 'number_out_of_range'>;
  readonly message: string;
  readonly id: FrameId | undefined;
}

/** `own` is a frame of an application's clients. */
export type Decoded =
  | { readonly frame: ClientFrame }
  | { readonly own: OwnFrame }
  | { readonly fault: FrameFault };

/** The checks of the frames of applications' clients, by type. */
export type OwnChecks = ReadonlyMap<string, { readonly check: TypeCheck<TSchema> }>;

/** The meaning of a frame that a client words in its own way. */
export type Reword = (frame: Readonly<Record<string, unknown>>) => Readonly<Record<string, unknown>>;

const none: OwnChecks = new Map();

const checks = new Map(
  (Object.keys(clientFrames) as ClientFrameType[]).map((type) => [
    type as string,
    TypeCompiler.Compile(clientFrames[type]),
  ]),
);

/** A client's text as a frame, or its fault in words that its author can act upon. Never throws. */
export function decodeClientFrame(text: string, own: OwnChecks = none, reword?: Reword): Decoded {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    if (error instanceof NumberOutOfRange) {
      const { id } = Object(JSON.parse(text)) as { readonly id?: unknown };
      return fault('number_out_of_range', error.message, frameId(id));
    }
    // The parser's own words repeat what stands there, which may be a token without its quotes.
    return fault('invalid_frame', 'The frame is not JSON.', undefined);
  }
  return checkClientFrame(reword && isRecord(value) ? reword(value) : value, own);
}

/** The same of a value that is no longer text. */
export function checkClientFrame(value: unknown, own: OwnChecks = none): Decoded {
  if (!isRecord(value)) {
    return fault('invalid_frame', 'A frame is one JSON object with a string "type".', undefined);
  }
  const id = frameId(value['id']);
  const type = value['type'];
  if (typeof type !== 'string') return fault('invalid_frame', 'The frame has no string "type".', id);
  const check = checks.get(type) ?? own.get(type)?.check;
  if (!check) {
    const known = [...checks.keys(), ...own.keys()].join(', ');
    return fault('unknown_type', `No frame is called ${quote(type)}; there are ${known}.`, id);
  }
  if (!check.Check(value)) return fault('invalid_frame', describe(type, check.Errors(value).First()), id);
  if (!checks.has(type)) return { own: value as unknown as OwnFrame };
  const frame = value as ClientFrame;
  const wrong = faultOf(frame);
  return wrong === undefined ? { frame } : fault('invalid_frame', `In ${type}, ${wrong}.`, id);
}

function fault(code: FrameFault['code'], message: string, id: FrameId | undefined): Decoded {
  return { fault: { code, message, id } };
}

function describe(type: string, error: ValueError | undefined): string {
  const where = error?.path ? `"${error.path.slice(1).replaceAll('/', '.')}"` : 'the frame';
  return `In ${type}, ${where} is wrong: ${error ? faultMessage(error) : 'it does not have the documented shape'}.`;
}

function frameId(value: unknown): FrameId | undefined {
  // JSON has numbers that JavaScript reads as Infinity and could not write again.
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  return typeof value === 'string' && value.length <= 64 ? value : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Foreign text inside our message: short, and without line breaks. */
function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
