import { error } from '@sveltejs/kit';
import jwt from 'jsonwebtoken';
import pg from 'pg';

const { DATABASE_URL, JWT_SECRET } = process.env;
const database = new pg.Pool({ connectionString: DATABASE_URL });

/** The customer of the session. In this example everybody is who they say they are. */
export const customerOf = ({ cookies }) => cookies.get('customer') ?? error(401, 'Go to /login/ana first.');

export const channelOf = (customer) => `orders:${encodeURIComponent(customer)}`;

/** The orders, and the position of their channel: one statement reads both from one snapshot. */
export async function ordersOf(customer) {
  const { rows } = await database.query(
    `select
       realtime_position($2) as position,
       (select coalesce(json_agg(o order by id), '[]')
          from (select id, item, status from shop.orders where customer_id = $1) o) as data`,
    [customer, channelOf(customer)],
  );
  return rows[0];
}

export const addOrder = (customer, item) =>
  database.query('insert into shop.orders (customer_id, item) values ($1, $2)', [customer, item]);

export const tokenOf = (customer) => jwt.sign({ sub: customer }, JWT_SECRET, { expiresIn: '15m' });
