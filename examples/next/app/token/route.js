import { jsonFor, tokenOf } from '../shop.js';

/** The identity for the realtime server, signed with the secret that both have. */
export const GET = () => jsonFor((customer) => ({ token: tokenOf(customer) }));
