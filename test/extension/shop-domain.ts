import { channel, defineDomain, Elysia, Type } from '../../src/tambuli.ts';

const Order = Type.Object({ id: Type.Integer(), status: Type.String() });

/** The deeds of a shop beside its requests, in order. */
export const deeds: string[] = [];

/** A domain with everything that a domain may bring and the tests of this room look at. */
export const shop = defineDomain({
  name: 'shop',
  channels: () => [
    channel('orders:{customerId}', {
      read: ({ userId, role }, { customerId }) => role === 'clerk' || userId === customerId,
      publications: { order_update: Order },
      ephemeral: { typing: Type.Object({ on: Type.Boolean() }) },
    }),
    channel('shop_news', { read: () => true }),
    channel('board:{id}', {
      read: () => true,
      publish: () => true,
      publications: { note: Type.Object({ text: Type.String() }) },
      ephemeral: { typing: Type.Object({ on: Type.Boolean() }) },
    }),
  ],
  services: ({ manager }) => ({
    publish: (customerId: string, data: object) =>
      manager.publish({ channel: `orders:${customerId}`, type: 'order_update', data }),
  }),
  routes: ({ auth, services }) =>
    new Elysia({ name: 'shop', prefix: '/shop' }).use(auth).post(
      '/orders/:id',
      async ({ params, query, body }) => {
        const { publication } = await services.publish(body.customerId, { id: params.id, status: 'new' });
        return { id: params.id, page: query.page ?? 0, offset: publication.offset };
      },
      {
        allow: ['clerk'],
        params: Type.Object({ id: Type.Integer({ minimum: 1 }) }),
        query: Type.Object({ page: Type.Optional(Type.Integer()) }),
        body: Type.Object({ customerId: Type.String() }),
        response: { 200: Type.Object({ id: Type.Integer(), page: Type.Integer(), offset: Type.Integer() }) },
      },
    ),
  start(_, opened) {
    deeds.push('started');
    opened.defer(() => void deeds.push('closed what start opened'));
  },
  stop: () => void deeds.push('stopped'),
});
