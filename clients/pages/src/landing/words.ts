import { defineWords } from '../shell/language.ts';

export const plainWords = defineWords(
  {
    title: 'Status',
    asking: 'Asking the server…',
    ready: 'The server is ready.',
    busy: 'The server is not ready. It is asked again in ten seconds.',
    what: 'This address serves an application. It has no page of its own for you here.',
  },
  {
    title: 'Kalagayan',
    asking: 'Tinatanong ang server…',
    ready: 'Handa na ang server.',
    busy: 'Hindi pa handa ang server. Tatanungin ito muli makalipas ang sampung segundo.',
    what: 'Naglilingkod ang address na ito sa isang application. Walang sariling pahina para sa iyo rito.',
  },
);

export const landingWords = defineWords(
  {
    title: 'Start',
    pages: 'Pages',
    documents: 'Documents',
    openapi: 'Routes (OpenAPI)',
    health: 'Readiness',
  },
  {
    title: 'Simula',
    pages: 'Mga pahina',
    documents: 'Mga dokumento',
    openapi: 'Mga route (OpenAPI)',
    health: 'Kahandaan',
  },
);
