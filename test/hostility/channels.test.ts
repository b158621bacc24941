import { expect, test } from 'bun:test';
import { startSchool } from '../domains/school/support.ts';
import { runSeed } from '../support/random.ts';
import { jwtMode, makeToken } from '../support/services/service.ts';
import { type ChannelTarget, channelEntries, channelFrames } from './entries/channel-entries.ts';
import { socketIoEntries } from './entries/socket-io-entries.ts';
import { websocketEntries } from './entries/websocket-entries.ts';
import { runFuzz } from './fuzz.ts';

const seed = runSeed();
const million = '1000000';

test('wrong frames and requests about group channels harm nobody, and learn nothing of another school', async () => {
  await using school = await startSchool({
    ...jwtMode,
    LIMIT_SOCKETS_PER_USER: million,
    LIMIT_REQUESTS_PER_MINUTE: million,
    LIMIT_FRAMES_PER_MINUTE: million,
    LIMIT_ERRORS_PER_MINUTE: million,
  });
  const bearer = async (user: string, role: string) => ({
    authorization: `Bearer ${await makeToken({ user, role })}`,
  });
  const teacher = await bearer('user-uuid', 'teacher');
  const stranger = await bearer('teacher-2', 'teacher');
  const made = async (path: string, body: object, who: Record<string, string>) => {
    const answer = await school.post(`/api/v1/realtime/channels${path}`, body, who);
    expect(answer).toMatchObject({ status: 200 });
    return (answer.body as { readonly data: Readonly<Record<string, string>> }).data;
  };
  const { channelId = '' } = await made('', { name: 'Ours' }, teacher);
  const { messageId = '' } = await made(`/${channelId}/messages`, { body: 'Hello' }, teacher);
  const secret = `for-the-other-school-${seed}`;
  const other = await made('', { name: secret, visibility: 'closed' }, stranger);
  await made(`/${other['channelId']}/messages`, { body: secret }, stranger);

  const parent = await bearer('user1-uuid', 'parent');
  const identities = [teacher, parent, {}, { authorization: 'Bearer x' }];
  const tokens = [teacher, parent].map(({ authorization }) => authorization.slice('Bearer '.length));
  const target: ChannelTarget = { url: school.url, identities, channelId, messageId };
  const ofOther = { ...target, channelId: other['channelId'] ?? '' };
  const frames = { tokens, position: 'x:0', more: [...channelFrames(target), ...channelFrames(ofOther)] };
  const entries = [
    ...channelEntries(target),
    ...channelEntries(ofOther),
    ...websocketEntries(school.socketUrl, frames).map((entry) => ({ ...entry, weight: 2 })),
    ...socketIoEntries(school.url, frames).map((entry) => ({ ...entry, weight: 1 })),
  ];
  await runFuzz({ entries, seed, count: 4_000, secrets: [secret] });
  const history = await school.get(`/api/v1/realtime/channels/${other['channelId']}/messages`, stranger);
  expect(history.body).toMatchObject({ data: [{ body: secret, reactions: [] }] });
}, 60_000);
