import './school.css';
import { type ReactNode, useState } from 'react';
import { language } from '../shell/language.ts';
import { openPage } from '../shell/page.tsx';
import { AnnouncementForm } from './announcement-form.tsx';
import { type Raised, Readers } from './readers.tsx';
import { AtSchool, api, type School } from './schools.tsx';
import { usePolled } from './use-polled.ts';
import { schoolWords } from './words.ts';

const pauseMs = 15_000;

function Announcements({ school }: { readonly school: School }): ReactNode {
  const say = schoolWords();
  const [chosen, setChosen] = useState<Raised>();
  const query = new URLSearchParams({ schoolId: school.id, type: 'school_announcement' });
  const { answer: page, again } = usePolled<{ readonly data: readonly Raised[] }>(
    `${api}/events/raised?${query}`,
    pauseMs,
  );
  return (
    <div className="beside">
      <div className="stack">
        <AnnouncementForm school={school} onSent={again} />
        <section className="stack tight" aria-labelledby="sent" aria-busy={page === undefined}>
          <h2 id="sent">{say.sentOnes}</h2>
          {page?.data.length === 0 && <p className="muted">{say.noneSent}</p>}
          <ul className="tambuli-list" aria-labelledby="sent">
            {page?.data.map((event) => (
              <li key={event.id}>
                <button
                  type="button"
                  className="sent-row"
                  aria-current={event.id === chosen?.id ? 'true' : undefined}
                  onClick={() => setChosen(event)}
                >
                  <span>{event.title}</span>
                  <time className="muted small" dateTime={event.createdAt}>
                    {new Date(event.createdAt).toLocaleString(language.value, {
                      dateStyle: 'medium',
                      timeStyle: 'short',
                    })}
                  </time>
                </button>
              </li>
            ))}
          </ul>
        </section>
      </div>
      <section className="card" aria-label={say.chosen}>
        {chosen ? <Readers key={chosen.id} event={chosen} /> : <p className="muted">{say.chooseSent}</p>}
      </section>
    </div>
  );
}

const Staff = (): ReactNode => (
  <AtSchool>{(school) => <Announcements key={school.id} school={school} />}</AtSchool>
);

openPage({ title: () => schoolWords().staff, Page: Staff });
