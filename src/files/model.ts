import { type Static, Type } from '@sinclair/typebox';
import { Name, PublicationType } from '../protocol/name.ts';
import { described } from '../protocol/schemas/described.ts';
import { repeated } from '../protocol/schemas/idempotency.ts';
import { Text, Uuid } from '../protocol/schemas/text.ts';
import { writtenFields } from '../protocol/schemas/written.ts';
import { maxChannelLength } from '../protocol/wire/channel-name.ts';
import { type FileType, fileTypes } from '../protocol/wire/file-types.ts';
import { fileNamePattern } from './file-name.ts';

const success = Type.Literal(true);
const instant = (description: string) => Type.String({ description: `${description}, ISO 8601, UTC` });

/** A closed set. A union made of an array is `never` to Elysia, hence the cast. */
export const MimeType = Type.Unsafe<FileType>(Type.Union(fileTypes.map((type) => Type.Literal(type))));

export const FileParameters = Type.Object({ id: Uuid() });

export const NewUpload = Type.Object({
  channel: Text(maxChannelLength, { description: 'its readers will be able to download the file' }),
  name: Type.String({
    ...Text(255, { description: 'of the file; gets the ending of its type where it has another' }),
    pattern: fileNamePattern,
  }),
  mimeType: MimeType,
  size: Type.Integer({ minimum: 1, description: 'bytes, exactly' }),
});
export type NewUpload = Static<typeof NewUpload>;

const File = Type.Object({
  fileId: Type.String(),
  channel: Type.String(),
  name: Type.String(),
  mimeType: Type.String(),
  size: Type.Integer(),
  state: Type.Union([Type.Literal('waiting'), Type.Literal('complete'), Type.Literal('attached')], {
    description:
      '`waiting` for its content, `complete` when that was checked, `attached` to a message or a publication',
  }),
});
export type File = Static<typeof File>;

const Upload = Type.Object({
  method: Type.Literal('PUT'),
  url: Type.String({ description: 'absolute, or relative to the address of this server' }),
  headers: Type.Unsafe<Readonly<Record<string, string>>>(
    Type.Record(Type.String(), Type.String(), { description: 'that the request has to carry as they are' }),
  ),
  expiresAt: instant('the end of the link'),
});

export const UploadAnswer = Type.Object({ success, data: File, upload: Upload, repeated });
export const FileAnswer = Type.Object({ success, data: File });

export const LinkAnswer = Type.Object({
  success,
  data: File,
  link: Type.Union([
    Type.Object({
      url: Type.String({ description: 'absolute, or relative to the address of this server' }),
      expiresAt: instant('the end of the link'),
    }),
    Type.Null({ description: 'while the file waits for its content' }),
  ]),
});

export const Removed = Type.Object({
  success,
  removed: Type.Boolean({ description: 'false: there was no such file of the caller’s' }),
});

export const NewFilePublication = Type.Object({
  channel: Text(maxChannelLength),
  type: described(PublicationType, 'what it is about'),
  eventType: Type.Optional(described(Name, 'what happened to it')),
  data: Type.Optional(
    Type.Unsafe<Readonly<Record<string, unknown>>>(
      Type.Record(Type.String(), Type.Unknown(), { description: 'beside `attachments`' }),
    ),
  ),
  files: Type.Array(Uuid(), { minItems: 1, maxItems: 10, uniqueItems: true }),
});
export type NewFilePublication = Static<typeof NewFilePublication>;

export const PublishedFiles = Type.Object({
  success,
  channel: Type.String(),
  data: Type.Unknown({ description: 'as it was published, with `attachments`' }),
  ...writtenFields,
});
