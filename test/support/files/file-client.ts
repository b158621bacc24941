import { expect } from 'bun:test';
import type { FileType } from '../../../src/protocol/wire/file-types.ts';
import { samples } from './samples.ts';

/** Somebody who asks a server, by the headers that identify them. */
export interface Caller {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
}

export interface AskedFile {
  readonly channel: string;
  readonly mimeType?: FileType;
  readonly name?: string;
  readonly content?: Uint8Array;
}

interface Upload {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: string;
}

export interface FileReply {
  readonly status: number;
  readonly body: {
    readonly code?: string;
    readonly data: {
      readonly fileId: string;
      readonly name: string;
      readonly mimeType: string;
      readonly size: number;
      readonly state: string;
    };
    readonly upload: Upload;
    readonly link: { readonly url: string; readonly expiresAt: string } | null;
    readonly removed?: boolean;
    readonly repeated?: boolean;
  };
}

export async function askFiles(
  { url, headers }: Caller,
  method: string,
  path = '',
  body?: unknown,
  more: Readonly<Record<string, string>> = {},
): Promise<FileReply> {
  const response = await fetch(`${url}/api/files${path}`, {
    method,
    headers: { ...headers, 'content-type': 'application/json', ...more },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    keepalive: false,
  });
  return { status: response.status, body: (await response.json()) as FileReply['body'] };
}

export function askUpload(caller: Caller, asked: AskedFile, more?: Readonly<Record<string, string>>) {
  const { channel, mimeType = 'audio/webm', name = 'note.webm', content = samples[mimeType] } = asked;
  return askFiles(caller, 'POST', '', { channel, name, mimeType, size: content.byteLength }, more);
}

/** Uploads by a link, as a device does that knows nothing else. */
export async function putContent(
  { url }: Pick<Caller, 'url'>,
  upload: Upload,
  content: Uint8Array,
): Promise<number> {
  const { method, headers } = upload;
  const response = await fetch(new URL(upload.url, url), {
    method,
    headers: { ...headers },
    body: content.slice(),
    keepalive: false,
  });
  await response.arrayBuffer();
  return response.status;
}

/** Asks, uploads and completes; returns the id. */
export async function uploadFile(caller: Caller, asked: AskedFile): Promise<string> {
  const { mimeType = 'audio/webm', content = samples[mimeType] } = asked;
  const { status, body } = await askUpload(caller, asked);
  expect({ status, body }).toMatchObject({ status: 200 });
  expect(await putContent(caller, body.upload, content)).toBe(200);
  const { fileId } = body.data;
  expect(await askFiles(caller, 'POST', `/${fileId}/complete`)).toMatchObject({ status: 200 });
  return fileId;
}

/** Follows a fresh link to a file; undefined where the caller gets none. */
export async function downloadFile(caller: Caller, fileId: string): Promise<Response | undefined> {
  const { status, body } = await askFiles(caller, 'GET', `/${fileId}`);
  if (status !== 200 || !body.link) return undefined;
  return fetch(new URL(body.link.url, caller.url), { keepalive: false });
}
