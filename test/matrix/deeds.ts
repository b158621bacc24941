import { shippedDomains } from '../../src/domains.ts';
import { openSocketIo } from '../support/clients/socket-io-client.ts';
import { connect } from '../support/clients/ws-client.ts';
import { askUpload } from '../support/files/file-client.ts';
import type { Visit } from './visit.ts';

/** An act on a channel by a way that is open to users. */
export interface Deed {
  readonly name: string;
  readonly kind: 'publish' | 'ephemeral' | 'presence' | 'files';
  /** The code it was refused with. `type` is that of what is published. */
  readonly attempt: (visit: Visit, type: string) => Promise<string | undefined>;
}

/** Type of what nobody may publish so. */
export const forgedType = 'forged';

function byHttp(name: string, ephemeral: boolean): Deed {
  return {
    name,
    kind: ephemeral ? 'ephemeral' : 'publish',
    async attempt({ service, credentials, channel }, type) {
      const body = JSON.stringify({ channel, type, data: 1, ...(ephemeral && { ephemeral }) });
      const headers = { ...credentials, 'content-type': 'application/json' };
      const url = `${service.url}/api/realtime/publish`;
      return codeOf(await fetch(url, { method: 'POST', headers, body }));
    },
  };
}

function byFrame(path: string, ephemeral: boolean): Deed {
  return {
    name: `WebSocket ${path} publish${ephemeral ? ', ephemeral' : ''}`,
    kind: ephemeral ? 'ephemeral' : 'publish',
    async attempt({ service, credentials, channel }, publicationType) {
      const url = `${service.url.replace('http', 'ws')}${path}`;
      await using client = await connect(url, { headers: credentials });
      await client.next('authenticated');
      const frame = { publicationType, data: 1, ...(ephemeral && { ephemeral }) };
      client.send({ type: 'publish', channel, id: 1, ...frame });
      for (;;) {
        const { id, type, code } = await client.next();
        if (id === 1) return type === 'error' ? String(code) : undefined;
      }
    },
  };
}

function byEvent(ephemeral: boolean): Deed {
  return {
    name: `Socket.IO publish${ephemeral ? ', ephemeral' : ''}`,
    kind: ephemeral ? 'ephemeral' : 'publish',
    async attempt({ service, credentials, channel }, publicationType) {
      const extraHeaders = { ...credentials };
      await using client = await openSocketIo(service.url, { transports: ['websocket'], extraHeaders });
      const payload = { channel, publicationType, data: 1, ...(ephemeral && { ephemeral }) };
      const answer = await client.ask('publish', payload);
      return answer['type'] === 'error' ? String(answer['code']) : undefined;
    },
  };
}

const socketPaths = [
  '/ws/realtime',
  ...shippedDomains.flatMap(({ sockets = [] }) => sockets.map(({ path }) => path)),
];

/** Asks for the upload of a file, which puts nothing into the log. */
export const upload: Deed = {
  name: 'POST files',
  kind: 'files',
  async attempt({ service, credentials, channel }) {
    const { status, body } = await askUpload({ url: service.url, headers: credentials }, { channel });
    return status === 200 ? undefined : (body.code ?? String(status));
  },
};

export const deeds: readonly Deed[] = [
  upload,
  byHttp('POST publish', false),
  byHttp('POST publish, ephemeral', true),
  ...socketPaths.flatMap((path) => [byFrame(path, false), byFrame(path, true)]),
  byEvent(false),
  byEvent(true),
  {
    name: 'POST publish/batch',
    kind: 'publish',
    async attempt({ service, credentials, channel }, type) {
      const body = JSON.stringify({ publications: [{ channel, type, data: 1 }] });
      const headers = { ...credentials, 'content-type': 'application/json' };
      return codeOf(
        await fetch(`${service.url}/api/realtime/publish/batch`, { method: 'POST', headers, body }),
      );
    },
  },
  {
    name: 'GET presence',
    kind: 'presence',
    attempt: async ({ service, credentials, channel }) =>
      codeOf(await fetch(`${service.url}/api/realtime/presence/${channel}`, { headers: credentials })),
  },
];

async function codeOf(response: Response): Promise<string | undefined> {
  const body = (await response.json()) as { readonly code?: string };
  return response.status === 200 ? undefined : body.code;
}
