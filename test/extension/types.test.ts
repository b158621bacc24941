import { expect, test } from 'bun:test';
import { createClient } from '../../clients/web/src/index.ts';
import type { AppOf } from '../../src/app.ts';
import type { shippedDomains } from '../../src/domains.ts';
import type {
  ChannelName,
  ChannelsOf,
  EphemeralOf,
  ParametersOf,
  PublicationOf,
  Service,
} from '../../src/tambuli.ts';
import type { shop } from './shop-domain.ts';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles when the claim is true. */
function holds<_Claim extends true>(): void {
  expect().pass();
}

type Shop = ChannelsOf<typeof shop>;

test('the parameters of a pattern have their names', () => {
  holds<Same<ParametersOf<'orders:{customerId}'>, { readonly customerId: string }>>();
  holds<Same<keyof ParametersOf<'a:{b}:{c}'>, 'b' | 'c'>>();
  holds<Same<keyof ParametersOf<'hearings'>, never>>();
});

test('a domain, the app of a server and the service all tell the channels and what they carry', () => {
  holds<Same<ChannelName<Shop>, `orders:${string}` | `board:${string}` | 'shop_news'>>();
  holds<
    Same<
      PublicationOf<Shop, 'orders:7'>,
      { readonly type: 'order_update'; readonly data: { id: number; status: string } }
    >
  >();
  holds<Same<EphemeralOf<Shop, 'orders:7'>, { readonly type: 'typing'; readonly data: { on: boolean } }>>();
  // Without schemas a channel takes any type, with data of which nothing is known.
  holds<Same<PublicationOf<Shop, 'shop_news'>['type'], string>>();
  holds<Same<ChannelName<ChannelsOf<AppOf<[typeof shop]>>>, ChannelName<Shop>>>();
  holds<Same<ChannelName<ChannelsOf<Service<[typeof shop]>>>, ChannelName<Shop>>>();
});

test('the domains that ship tell theirs', () => {
  type Names = ChannelName<ChannelsOf<AppOf<typeof shippedDomains>>>;
  const names: Names[] = [
    'hearings',
    'case:7',
    'venue:1',
    'clinic_chat:CASE-2',
    'campus:a',
    'realtime_events',
  ];
  // @ts-expect-error there is no such channel
  names.push('weather');
  expect(names.length).toBeGreaterThan(0);
});

test('a client of a typed server compiles with its channels and fields alone', async () => {
  const client = createClient<AppOf<[typeof shop]>>('http://127.0.0.1:9', { getToken: () => 'none' });
  client.channel('orders:7').subscribe(({ type, data }) => {
    if (type === 'order_update') holds<Same<typeof data, { id: number; status: string }>>();
    // @ts-expect-error an order has no such field
    return data.weather;
  });
  // @ts-expect-error there is no such channel
  client.channel('weather');
  await client.close();
});
