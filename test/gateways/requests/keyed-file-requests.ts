import { uploadFile } from '../../support/files/file-client.ts';
import { bodies, type Requests } from './keyed-request.ts';

const channel = 'clinic_chat:CASE-1';
const asked = { channel, name: 'note.webm', mimeType: 'audio/webm', size: 10 };

/** Those of files, as a service. */
export const keyedFileRequests: Readonly<Record<string, Requests>> = {
  'POST /api/files': bodies('/api/files', asked, { ...asked, size: 11 }),
  'POST /api/files/publish': async ({ url }) => {
    const files = [await uploadFile({ url, headers: {} }, { channel })];
    const request = (type: string) => ({ path: '/api/files/publish', body: { channel, type, files } });
    return [request('voice'), request('call')];
  },
};
