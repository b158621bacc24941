import { signal } from '@preact/signals';
import type { Client } from '../shell/client.ts';
import { request } from '../shell/rest.ts';
import type { Session } from '../shell/session.ts';

/** Lifetime of the tokens of a phone, and of the one that is not renewed. Seconds. */
const usualSeconds = 30;
const shortSeconds = 2;

/** The tokens of one phone, which the server really checks, and ends its session by. */
export function openTokens({ userId, role }: Session) {
  /** Tokens that the phone was given. */
  const given = signal(0);
  let held: PromiseWithResolvers<void> | undefined;

  async function fetchToken(seconds: number): Promise<string> {
    const { token } = await request<{ readonly token: string }>('POST', '/api/demo/tokens', {
      userId,
      role,
      seconds,
    });
    given.value += 1;
    return token;
  }

  return {
    given,
    /** For `createClient`: the next token, once the connection has ended where the last one is to expire. */
    async getToken(): Promise<string> {
      await held?.promise;
      return fetchToken(usualSeconds);
    },
    /** Gives the client a token that ends in a moment, and none after it until the server has closed the connection. */
    async expire(client: Client): Promise<void> {
      if (held) return;
      held = Promise.withResolvers<void>();
      const undo = client.on('state', ({ status }) => {
        if (status === 'connected') return;
        undo();
        held?.resolve();
        held = undefined;
      });
      try {
        client.setToken(await fetchToken(shortSeconds));
      } catch (error) {
        undo();
        held?.resolve();
        held = undefined;
        throw error;
      }
    },
  };
}
