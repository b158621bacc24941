import { jsonFor, ordersOf } from '../shop.js';

export const GET = () => jsonFor(ordersOf);
