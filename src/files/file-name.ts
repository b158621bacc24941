import { type FileType, fileEndings } from '../protocol/wire/file-types.ts';

/** No path, no control sign, and none that turns the direction of a text: `exe.gnp` would be shown as `png.exe`. */
export const fileNamePattern = String.raw`^[^/\\\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]+$`;

const maxLength = 255;

/** The name under which a file is kept. It ends as its type does, so that a program opens what was checked. */
export function fileName(name: string, type: FileType): string {
  const endings: readonly string[] = fileEndings[type];
  const bare = name.trim().replace(/^\.+|\.+$/g, '') || 'file';
  const ending = /\.([^.]*)$/.exec(bare)?.[1]?.toLowerCase() ?? '';
  if (endings.includes(ending)) return bare;
  const added = `.${endings[0]}`;
  return `${bare.slice(0, maxLength - added.length).toWellFormed()}${added}`;
}

/** Everything else is saved and not shown: a document may hold a script. */
const shown = /^(?:image\/(?!heic)|audio\/|video\/)/;

/** The header `content-disposition` (RFC 6266). */
export function dispositionOf(name: string, type: string): string {
  const plain = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_');
  const exact = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${shown.test(type) ? 'inline' : 'attachment'}; filename="${plain}"; filename*=UTF-8''${exact}`;
}

/** The header `content-type` with which a file is handed out. */
export const handedType = (type: string) => (type === 'text/plain' ? 'text/plain; charset=utf-8' : type);
