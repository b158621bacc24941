import type { ReactNode } from 'react';
import { openPage } from '../shell/page.tsx';
import { ReachPreferences } from './preferences.tsx';
import { SchoolInbox } from './school-inbox.tsx';
import { AtSchool } from './schools.tsx';
import { schoolWords } from './words.ts';

const School = (): ReactNode => (
  <AtSchool>
    {(school) => (
      <div className="stack">
        <section className="card">
          <SchoolInbox key={school.id} school={school} />
        </section>
        <ReachPreferences />
      </div>
    )}
  </AtSchool>
);

openPage({ title: () => schoolWords().title, Page: School });
