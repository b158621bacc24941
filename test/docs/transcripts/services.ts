import { shippedDomains } from '../../../src/domains.ts';
import { openTestDatabase } from '../../support/postgres/database.ts';
import { createTestDatabase } from '../../support/postgres/postgres.ts';
import { jwtMode, makeToken, serviceKey, startTestService } from '../../support/services/service.ts';
import type { Fence } from '../pages.ts';
import { Player } from './player.ts';

/** The services that a reader of one page starts, over one database with the demo rows. */
export interface PageServices extends AsyncDisposable {
  /** Plays the steps of a block against the service it means, which is started when it is first needed. */
  playerOf(fence: Fence): Promise<Player>;
}

export async function openPageServices(): Promise<PageServices> {
  await using opened = new AsyncDisposableStack();
  const domains = shippedDomains.map(({ name }) => name);
  const database = opened.use(await createTestDatabase({ domains }));
  {
    await using connection = await openTestDatabase(database.url);
    for (const domain of shippedDomains) await domain.seed?.(connection.db);
  }
  const token = await makeToken();
  const owned = opened.move();
  const players = new Map<boolean, Promise<Player>>();

  const start = async (withTokens: boolean): Promise<Player> => {
    const env = { DOMAINS: domains.join(), ...(withTokens && jwtMode) };
    const { url } = owned.use(await startTestService({ database, env }));
    const socketUrl = url.replace('http', 'ws');
    const values: Record<string, string> = { URL: url, SOCKET_URL: socketUrl };
    Object.assign(values, { TOKEN: token, SERVICE_API_KEY: serviceKey, DATABASE_URL: database.url });
    const expand = (text: string) =>
      text
        .replace(/\$([A-Z_]+)/g, (whole, name: string) => values[name] ?? whole)
        .replaceAll('http://localhost:3000', url)
        .replaceAll('ws://localhost:3000', socketUrl);
    return owned.use(new Player(expand, database.url));
  };

  return {
    playerOf({ code }) {
      const withTokens = /\$(URL|TOKEN|SERVICE_API_KEY)\b/.test(code);
      const player = players.get(withTokens) ?? start(withTokens);
      players.set(withTokens, player);
      return player;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
