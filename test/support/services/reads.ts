import type { SessionDetail, SessionItem } from '../../../src/operate/sessions/model.ts';
import type { TestService } from './service.ts';

/** The channels of the only live session of a user with its positions, as an operator sees them; none without a session. */
export async function readsOf({ get }: TestService, userId: string): Promise<SessionDetail['reads']> {
  const list = (await get(`/api/operate/sessions?user=${userId}`)).body as { data: readonly SessionItem[] };
  const [session] = list.data;
  if (!session) return [];
  const { body } = await get(`/api/operate/sessions/${session.id}`);
  return (body as { data?: SessionDetail }).data?.reads ?? [];
}
