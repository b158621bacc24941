import { addOrder, channelOf, customerOf, ordersOf } from '../shop.server.js';

export async function load(event) {
  const customer = customerOf(event);
  return {
    customer,
    channel: channelOf(customer),
    realtime: process.env.TAMBULI_URL,
    first: await ordersOf(customer),
  };
}

export const actions = {
  // The new row comes back over the channel, here and in every other tab of this customer.
  async default(event) {
    const form = await event.request.formData();
    await addOrder(customerOf(event), String(form.get('item')));
  },
};
