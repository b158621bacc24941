import { cookies } from 'next/headers';
import { redirect } from 'next/navigation';

export async function GET(_request, { params }) {
  const { customer } = await params;
  (await cookies()).set('customer', customer, { httpOnly: true, sameSite: 'strict' });
  redirect('/');
}
