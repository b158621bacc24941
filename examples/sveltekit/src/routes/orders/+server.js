import { json } from '@sveltejs/kit';
import { customerOf, ordersOf } from '../../shop.server.js';

export const GET = async (event) => json(await ordersOf(customerOf(event)));
