import { redirect } from '@sveltejs/kit';

export function GET({ cookies, params }) {
  cookies.set('customer', params.customer, { path: '/' });
  redirect(303, '/');
}
