import type * as model from '../../../../src/domains/venues/model.ts';
import type { ListPage, LiveListOptions } from '../shell/client.ts';
import { get } from '../shell/rest.ts';

export type Venue = (typeof model.Venue)['static'];
export type VibeCheck = (typeof model.VibeCheck)['static'];
export type Promotion = (typeof model.Promotion)['static'];
type Screen = (typeof model.VenueScreen)['static'];
type VenuePage = (typeof model.VenueList)['static'];

type List<Item> = Omit<LiveListOptions<Item>, 'keyOf' | 'change' | 'compare'>;

const keyOf = ({ id }: { readonly id: string }): string => id;

/** Rows of the database, as every publication of a venue carries them whole. */
function rowList<Item extends { readonly id: string }>(
  list: List<Item>,
  compare: (one: Item, other: Item) => number,
): LiveListOptions<Item> {
  return {
    ...list,
    keyOf,
    compare,
    change: ({ eventType, data }) =>
      eventType === 'deleted' ? { remove: (data as Item).id } : { put: data as Item },
  };
}

/** All venues by name; of one owner with `ownerId`. */
export function venueList(ownerId?: string): LiveListOptions<Venue> {
  const isShown = (venue: Venue) => ownerId === undefined || venue.ownerId === ownerId;
  const list = rowList<Venue>({ channel: 'venue_updates', getPage }, (one, other) =>
    one.name.localeCompare(other.name),
  );
  return {
    ...list,
    change: (publication, items) =>
      isShown(publication.data as Venue) ? list.change(publication, items) : undefined,
  };

  /** Every page, with the position of the first: what changed since is applied again, and changes nothing. */
  async function getPage(signal: AbortSignal): Promise<ListPage<Venue>> {
    const first = await get<VenuePage>('/api/venues?limit=500', signal);
    const data = [...first.data];
    for (let cursor = first.nextCursor; cursor; ) {
      const query = new URLSearchParams({ limit: '500', cursor });
      const page = await get<VenuePage>(`/api/venues?${query}`, signal);
      data.push(...page.data);
      cursor = page.nextCursor;
    }
    return { data: data.filter(isShown), position: first.position };
  }
}

/** The lists of one venue. They share the request that fills them. */
export function screenLists(id: string): {
  /** The venue itself, or nothing once it is gone. */
  readonly venue: LiveListOptions<Venue>;
  readonly vibes: LiveListOptions<VibeCheck>;
  readonly promotions: LiveListOptions<Promotion>;
} {
  let asked: Promise<Screen> | undefined;
  const screen = () => {
    asked ??= get<Screen>(`/api/venues/${encodeURIComponent(id)}`).finally(() => {
      asked = undefined;
    });
    return asked;
  };
  async function page<Item>(
    channel: string,
    rows: (screen: Screen['data']) => readonly Item[],
  ): Promise<ListPage<Item>> {
    const { data, position } = await screen();
    const own = position.split(',').find((each) => each.startsWith(`${channel}@`));
    return { data: rows(data), ...(own !== undefined && { position: own.slice(channel.length + 1) }) };
  }
  const venue = `venue:${id}`;
  const vibes = `vibe_checks:${id}`;
  const promotions = `promotions:${id}`;
  const running = rowList<Promotion>(
    {
      channel: promotions,
      getPage: () => page(promotions, (data) => [...data.promotions, ...data.upcoming]),
    },
    (one, other) => one.startDate.localeCompare(other.startDate),
  );
  return {
    venue: rowList<Venue>({ channel: venue, getPage: () => page(venue, (data) => [data]) }, () => 0),
    vibes: rowList<VibeCheck>(
      { channel: vibes, getPage: () => page(vibes, ({ vibeChecks }) => vibeChecks) },
      (one, other) => other.createdAt.localeCompare(one.createdAt),
    ),
    promotions: {
      ...running,
      change: (publication, items) => {
        const { id: key, endDate } = publication.data as Promotion;
        return Date.parse(endDate) <= Date.parse(publication.timestamp)
          ? { remove: key }
          : running.change(publication, items);
      },
    },
  };
}
