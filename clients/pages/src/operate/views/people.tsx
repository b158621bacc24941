import type { FormEvent, ReactNode } from 'react';
import type { DeliveryRow } from '../../../../../src/operate/queues/model.ts';
import type { Right, UserView } from '../../../../../src/operate/users/model.ts';
import { usePoll } from '../../shell/browser/use-poll.ts';
import { language } from '../../shell/language.ts';
import { sayTime, shortId } from '../numbers.ts';
import { goTo, linkTo } from '../route.ts';
import { type Column, Failure, Loading, Missing, Table } from '../table.tsx';
import { operateWords } from '../words.ts';
import { viewWords } from './words.ts';

export function People({ about }: { readonly about: string | undefined }): ReactNode {
  const say = operateWords();
  function submit(event: FormEvent<HTMLFormElement>): void {
    event.preventDefault();
    const user = String(new FormData(event.currentTarget).get('user')).trim();
    if (user !== '') goTo('people', user);
  }
  return (
    <div className="stack">
      <form className="card cluster operate-filters" onSubmit={submit}>
        <label className="field">
          {say.askUser}
          <input name="user" required defaultValue={about ?? ''} autoComplete="off" />
        </label>
        <button type="submit">{say.find}</button>
      </form>
      {about !== undefined && <Person key={about} id={about} />}
    </div>
  );
}

function Person({ id }: { readonly id: string }): ReactNode {
  const say = operateWords();
  const more = viewWords();
  const { answer, error } = usePoll<UserView>(`/api/operate/users/${encodeURIComponent(id)}`, 10_000);
  if (!answer) return error ? <Failure error={error} /> : <Loading />;
  const { identity, sessions, positions, reads, inbox, push, mutes, revokedAt, silent } = answer;
  return (
    <div className="card stack">
      <h2>{id}</h2>
      <p className="muted">
        {say.identity}: {identity.role ?? say.none} {identity.tenants.join(', ')} ({identity.from})
      </p>
      <p className="muted small">
        {more.mutes}:{' '}
        {mutes.map(({ namespace, kind }) => `${namespace} ${kind}`.trim()).join(', ') || more.noMutes}
        {revokedAt && ` · ${more.revoked}: ${sayTime(revokedAt, language.value)}`}
      </p>
      <Missing silent={silent} />
      <h3>{say.sessions}</h3>
      <Table label={say.sessions} rows={sessions} columns={sessionColumns()} keyOf={(each) => each.id} />
      <h3>{say.positions}</h3>
      <Table
        label={say.positions}
        rows={positions}
        columns={positionColumns()}
        keyOf={({ channel, deviceId }) => `${channel} ${deviceId}`}
      />
      <h3>{say.reads}</h3>
      <Table label={say.reads} rows={reads} columns={rightColumns()} keyOf={({ channel }) => channel} />
      {inbox && (
        <>
          <h3>{say.inbox}</h3>
          <p>{say.unread(inbox.unread)}</p>
          <Table
            label={say.inbox}
            rows={inbox.latest}
            columns={deliveryColumns()}
            keyOf={({ eventId }) => eventId}
          />
        </>
      )}
      {push && (
        <>
          <h3>{say.push}</h3>
          <Table
            label={say.push}
            rows={push}
            columns={pushColumns()}
            keyOf={({ kind, createdAt, seenAt }) => `${kind} ${createdAt} ${seenAt}`}
          />
        </>
      )}
    </div>
  );
}

const sessionColumns = (): readonly Column<UserView['sessions'][number]>[] => {
  const say = operateWords();
  return [
    { name: say.transport, cell: ({ id, transport }) => <a href={linkTo('sessions', id)}>{transport}</a> },
    { name: say.device, cell: ({ id, deviceId }) => deviceId ?? shortId(id) },
    { name: say.seen, cell: ({ heardAt }) => sayTime(heardAt, language.value) },
  ];
};

const positionColumns = (): readonly Column<UserView['positions'][number]>[] => {
  const say = operateWords();
  return [
    { name: say.channel, cell: ({ channel }) => <a href={linkTo('channels', channel)}>{channel}</a> },
    { name: say.device, cell: ({ deviceId }) => deviceId || say.none },
    { name: say.behind, isNumber: true, cell: ({ behind }) => behind ?? say.none },
    { name: say.seen, cell: ({ seenAt }) => sayTime(seenAt, language.value) },
  ];
};

const pushColumns = (): readonly Column<NonNullable<UserView['push']>[number]>[] => {
  const say = operateWords();
  return [
    { name: say.push, cell: ({ kind }) => kind },
    { name: say.version, cell: ({ version }) => version ?? say.none },
    { name: viewWords().opened, cell: ({ createdAt }) => sayTime(createdAt, language.value) },
    { name: say.seen, cell: ({ seenAt }) => sayTime(seenAt, language.value) },
  ];
};

const rightColumns = (): readonly Column<Right>[] => {
  const say = operateWords();
  return [
    { name: say.channel, cell: ({ channel }) => <code>{channel}</code> },
    { name: say.reads, cell: ({ reads }) => (reads === null ? say.depends : reads ? say.yes : say.no) },
    { name: say.because, cell: ({ because }) => because },
  ];
};

/** The columns of deliveries, here and among what waits. */
export const deliveryColumns = (): readonly Column<DeliveryRow>[] => {
  const say = operateWords();
  return [
    { name: say.at, cell: ({ createdAt }) => sayTime(createdAt, language.value) },
    { name: say.user, cell: ({ userId }) => <a href={linkTo('people', userId)}>{userId}</a> },
    { name: say.type, cell: ({ eventType, title }) => `${eventType}: ${title}` },
    { name: say.status, cell: ({ status }) => status },
    { name: say.method, cell: ({ method }) => method },
    { name: say.attempts, isNumber: true, cell: ({ attempts, maxAttempts }) => `${attempts}/${maxAttempts}` },
    { name: say.reason, cell: ({ lastError }) => lastError ?? say.none },
  ];
};
