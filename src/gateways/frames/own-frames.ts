import type { TSchema } from '@sinclair/typebox';
import { type TypeCheck, TypeCompiler } from '@sinclair/typebox/compiler';
import type { DomainFrame } from '../../extension/addresses.ts';
import { clientFrames } from '../../protocol/frames/client-frames.ts';
import { serverFrames } from '../../protocol/frames/server-frames.ts';

/** The frames that domains add to those of every socket, by type. */
export type OwnFrames = ReadonlyMap<string, DomainFrame & { readonly check: TypeCheck<TSchema> }>;

/** Throws where two frames have the same type, or one has that of a frame of the engine. */
export function compileFrames(frames: readonly DomainFrame[]): OwnFrames {
  const compiled = new Map<string, DomainFrame & { readonly check: TypeCheck<TSchema> }>();
  for (const each of frames) {
    const { type, replyType, sent } = each;
    if (compiled.has(type) || type in clientFrames || replyType in serverFrames) {
      throw new Error(`The frame "${type}" has the name of another.`);
    }
    compiled.set(type, { ...each, check: TypeCompiler.Compile(sent) });
  }
  return compiled;
}
