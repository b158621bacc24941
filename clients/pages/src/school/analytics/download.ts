import { ask } from '../../shell/rest.ts';

/** Longer than a browser takes to begin with a file. */
const keptMs = 60_000;

/** Saves a file of a route under the name that the server gives it. The token goes in a header, never in an address. */
export async function downloadFile(path: string): Promise<void> {
  const response = await ask('GET', path, { accept: 'text/csv' });
  const [, name = ''] = /filename="([^"]+)"/.exec(response.headers.get('content-disposition') ?? '') ?? [];
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), keptMs);
}
