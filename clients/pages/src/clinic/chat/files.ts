import type { LinkAnswer, UploadAnswer } from '../../../../../src/files/model.ts';
import type { FileType, fileEndings } from '../../../../../src/protocol/wire/file-types.ts';
import { get, linkTarget, putByLink, request } from '../../shell/rest.ts';

type Upload = (typeof UploadAnswer)['static'];
type Linked = (typeof LinkAnswer)['static'];

/** The same as the server has, or it does not compile: pages take types of the server and no code. */
const endings: typeof fileEndings = {
  'application/pdf': ['pdf'],
  'audio/mp4': ['m4a', 'mp4'],
  'audio/mpeg': ['mp3'],
  'audio/ogg': ['ogg', 'oga', 'opus'],
  'audio/webm': ['webm', 'weba'],
  'image/heic': ['heic', 'heif'],
  'image/jpeg': ['jpg', 'jpeg'],
  'image/png': ['png'],
  'image/webp': ['webp'],
  'text/plain': ['txt', 'log', 'csv', 'md'],
  'video/mp4': ['mp4', 'm4v'],
};
const types = Object.keys(endings) as FileType[];
const endingsOf = (type: FileType): readonly string[] => endings[type];

/** The choice of a field of files, and the endings for a message about a file of another kind. */
export const acceptedEndings = [
  ...new Set(types.flatMap((type) => endingsOf(type).map((ending) => `.${ending}`))),
];
export const accepted = [...types, ...acceptedEndings].join(',');

/** The type of a file, by what the browser says and otherwise by its name. */
export function typeOf({
  name,
  type = '',
}: {
  readonly name: string;
  readonly type?: string;
}): FileType | undefined {
  const said = type.split(';')[0]?.trim();
  const ending = name.split('.').at(-1)?.toLowerCase() ?? '';
  return (
    types.find((each) => each === said) ??
    // The usual ending of a type counts before another one of a type: `mp4` is a film.
    types.find((each) => endingsOf(each)[0] === ending) ??
    types.find((each) => endingsOf(each).includes(ending))
  );
}

/** Uploads a file for a channel, and has it checked; returns its id. Rejects with RestError. */
export async function uploadFile(
  channel: string,
  name: string,
  mimeType: FileType,
  content: Blob,
): Promise<string> {
  const asked = { channel, name, mimeType, size: content.size };
  const { data, upload } = await request<Upload>('POST', '/api/files', asked);
  await putByLink(upload.url, upload.headers, content);
  await request('POST', `/api/files/${data.fileId}/complete`);
  return data.fileId;
}

/** A fresh link to a file. */
export async function fileLink(fileId: string): Promise<string> {
  const { link } = await get<Linked>(`/api/files/${fileId}`);
  return linkTarget(link?.url ?? '');
}
