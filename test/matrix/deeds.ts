import { openSocketIo } from '../support/socket-io-client.ts';
import { connect } from '../support/ws-client.ts';
import type { Visit } from './visit.ts';

/** What somebody does to a channel by a way that is open to users. */
export interface Deed {
  readonly name: string;
  readonly kind: 'publish' | 'ephemeral' | 'presence';
  /** The code it was refused with. */
  readonly attempt: (visit: Visit) => Promise<string | undefined>;
}

/** Type of what is published so. */
export const forgedType = 'forged';

function byHttp(name: string, ephemeral: boolean): Deed {
  return {
    name,
    kind: ephemeral ? 'ephemeral' : 'publish',
    async attempt({ service, credentials, channel }) {
      const body = JSON.stringify({ channel, type: forgedType, data: 1, ...(ephemeral && { ephemeral }) });
      const headers = { ...credentials, 'content-type': 'application/json' };
      const url = `${service.url}/api/realtime/publish`;
      return codeOf(await fetch(url, { method: 'POST', headers, body }));
    },
  };
}

function byFrame(name: string, ephemeral: boolean): Deed {
  const frame = { publicationType: forgedType, data: 1, ...(ephemeral && { ephemeral }) };
  return {
    name,
    kind: ephemeral ? 'ephemeral' : 'publish',
    async attempt({ service, credentials, channel }) {
      await using client = await connect(service.socketUrl, { headers: credentials });
      await client.next('authenticated');
      client.send({ type: 'publish', channel, id: 1, ...frame });
      for (;;) {
        const { id, type, code } = await client.next();
        if (id === 1) return type === 'error' ? String(code) : undefined;
      }
    },
  };
}

export const deeds: readonly Deed[] = [
  byHttp('POST publish', false),
  byHttp('POST publish, ephemeral', true),
  byFrame('WebSocket publish', false),
  byFrame('WebSocket publish, ephemeral', true),
  {
    name: 'POST publish/batch',
    kind: 'publish',
    async attempt({ service, credentials, channel }) {
      const body = JSON.stringify({ publications: [{ channel, type: forgedType, data: 1 }] });
      const headers = { ...credentials, 'content-type': 'application/json' };
      return codeOf(
        await fetch(`${service.url}/api/realtime/publish/batch`, { method: 'POST', headers, body }),
      );
    },
  },
  {
    name: 'Socket.IO publish',
    kind: 'publish',
    async attempt({ service, credentials, channel }) {
      const extraHeaders = { ...credentials };
      await using client = await openSocketIo(service.url, { transports: ['websocket'], extraHeaders });
      const answer = await client.ask('publish', { channel, publicationType: forgedType, data: 1 });
      return answer['type'] === 'error' ? String(answer['code']) : undefined;
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
