import type { ReactNode } from 'react';
import type {
  ChannelItem,
  ChannelView,
  PublicationItem,
  Reader,
} from '../../../../../src/operate/channels/model.ts';
import { usePoll } from '../../shell/browser/use-poll.ts';
import { language } from '../../shell/language.ts';
import { sayRate, sayTime, shortId } from '../numbers.ts';
import { linkTo } from '../route.ts';
import { type Column, Failure, List, Loading, Missing, Table } from '../table.tsx';
import { operateWords } from '../words.ts';
import { viewWords } from './words.ts';

const pauseMs = 5_000;
const api = '/api/operate/channels';

export function Channels({ about }: { readonly about: string | undefined }): ReactNode {
  return about === undefined ? <All /> : <One key={about} name={about} />;
}

function All(): ReactNode {
  const say = operateWords();
  const columns: readonly Column<ChannelItem>[] = [
    { name: say.channel, cell: ({ channel }) => <a href={linkTo('channels', channel)}>{channel}</a> },
    { name: say.readers, isNumber: true, cell: ({ readers }) => readers },
    { name: say.position, cell: ({ position }) => <code>{position}</code> },
    { name: say.rate, isNumber: true, cell: ({ perMinute }) => sayRate(perMinute) },
    { name: say.updated, cell: ({ updatedAt }) => sayTime(updatedAt, language.value) },
  ];
  return (
    <List
      title={say.channels}
      path={api}
      columns={columns}
      keyOf={({ channel }) => channel}
      filters={{ search: say.search }}
    />
  );
}

function One({ name }: { readonly name: string }): ReactNode {
  const say = operateWords();
  const more = viewWords();
  const path = `${api}/${encodeURIComponent(name)}`;
  const { answer, error } = usePoll<ChannelView>(path, pauseMs);
  const readers: readonly Column<Reader>[] = [
    { name: say.user, cell: ({ userId }) => <a href={linkTo('people', userId)}>{userId}</a> },
    { name: say.device, cell: ({ deviceId }) => deviceId || say.none },
    { name: say.transport, cell: ({ transport }) => transport },
    { name: say.behind, isNumber: true, cell: ({ behind }) => behind },
    { name: say.by, cell: ({ by }) => by },
    { name: say.seen, cell: ({ seenAt }) => sayTime(seenAt, language.value) },
  ];
  const publications: readonly Column<PublicationItem>[] = [
    { name: say.offset, isNumber: true, cell: ({ offset }) => offset },
    { name: say.type, cell: ({ type, eventType }) => (eventType ? `${type} ${eventType}` : type) },
    { name: say.at, cell: ({ timestamp }) => sayTime(timestamp, language.value) },
    { name: say.user, cell: ({ sourceUserId }) => sourceUserId ?? say.none },
    {
      name: say.data,
      cell: ({ data }) => <code className="operate-data">{JSON.stringify(data)?.slice(0, 300)}</code>,
    },
  ];
  return (
    <div className="stack">
      <div className="card stack">
        <a href={linkTo('channels')}>{say.back}</a>
        <h2>
          <code>{name}</code>
        </h2>
        <Failure error={error} />
        {answer ? (
          <>
            <p className="figure">{answer.lag.sentence}</p>
            <p className="muted">
              {say.position} <code>{answer.position}</code> · {more.oldest} {answer.oldestOffset ?? say.none}{' '}
              · {say.rate}: {sayRate(answer.perMinute)}
            </p>
            {Object.keys(answer.heads).length > 0 && (
              <p className="muted small">
                {more.heads}:{' '}
                {Object.entries(answer.heads)
                  .map(([id, offset]) => `${shortId(id)} ${offset}`)
                  .join(' · ')}
              </p>
            )}
            <Missing silent={answer.silent} />
            <Table
              label={say.lag}
              rows={answer.lag.furthest}
              columns={readers}
              keyOf={({ userId, deviceId, sessionId }) => `${userId} ${deviceId} ${sessionId}`}
            />
          </>
        ) : (
          !error && <Loading />
        )}
      </div>
      <List
        title={say.publications}
        path={`${path}/publications`}
        columns={publications}
        keyOf={({ id }) => id}
        filters={{ before: more.before }}
      />
    </div>
  );
}
