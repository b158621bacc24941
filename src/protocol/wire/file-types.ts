/** The types of files that may ever be attached, and the endings of their names; the first ending is the usual one. */
export const fileEndings = {
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
} as const satisfies Record<string, readonly [string, ...string[]]>;

export type FileType = keyof typeof fileEndings;

export const fileTypes = Object.keys(fileEndings) as readonly FileType[];
