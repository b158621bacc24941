import { json } from '@sveltejs/kit';
import { customerOf, tokenOf } from '../../shop.server.js';

/** The identity for the realtime server, signed with the secret that both have. */
export const GET = (event) => json({ token: tokenOf(customerOf(event)) });
