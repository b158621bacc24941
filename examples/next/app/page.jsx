import { Orders } from './orders.jsx';
import { addOrder, channelOf, customerOfSession, ordersOf } from './shop.js';

/** The new row comes back over the channel, here and in every other tab of this customer. */
async function order(form) {
  'use server';
  const customer = await customerOfSession();
  if (customer) await addOrder(customer, String(form.get('item')));
}

export default async function Page() {
  const customer = await customerOfSession();
  if (!customer) return <p>Go to /login/ana first.</p>;
  return (
    <main>
      <h1>Orders of {customer}</h1>
      <Orders
        channel={channelOf(customer)}
        realtime={process.env.TAMBULI_URL}
        first={await ordersOf(customer)}
      />
      <form action={order}>
        <input name="item" required placeholder="Item" /> <button type="submit">Order</button>
      </form>
    </main>
  );
}
