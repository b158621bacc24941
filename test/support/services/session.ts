import { type ConnectOptions, connect, type WsClient } from '../clients/ws-client.ts';
import type { TestService } from './service.ts';

export interface Identity {
  readonly userId: string | number;
  readonly role?: string;
  readonly tenants?: readonly string[];
}

/** A socket of insecure mode that is identified and subscribed to the channels, in this order. */
export async function joinAs(
  service: TestService,
  identity: Identity,
  channels: readonly string[] = [],
  options: ConnectOptions = {},
): Promise<WsClient> {
  const client = await connect(service.socketUrl, options);
  client.send({ type: 'auth', ...identity });
  await client.next('authenticated');
  for (const channel of channels) {
    client.send({ type: 'subscribe', channel });
    await client.next('subscribed');
  }
  return client;
}

/** Resolves when everything the server had for this client has arrived: frames are answered in order. */
export async function settle(client: WsClient): Promise<void> {
  const id = `settled ${++settlements}`;
  client.send({ type: 'ping', id });
  for (let pong = await client.next('pong'); pong['id'] !== id; ) pong = await client.next('pong');
}

let settlements = 0;
