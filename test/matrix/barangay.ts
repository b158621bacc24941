import { type Entry, eachTheirOwn, type People, type Table } from './table.ts';

// One installation serves one barangay: an official of it is one whatever else the token says.
const people: People = {
  owner: { user: 'user123', role: 'officer' },
  other: { user: 'resident8', role: 'resident' },
  foreign: { user: 'officer9', role: 'officer', tenants: ['another-barangay'] },
  nobody: { user: 'nobody', role: null },
};

const officials: Entry['access'] = {
  ...{ owner: 'reads', other: 'denied', foreign: 'reads', nobody: 'denied', service: 'reads' },
};

const resident = 'resident';

export const barangayTable: Table = {
  hearings: { channel: 'hearings', people, access: officials },
  cases: { channel: 'cases', people, access: officials },
  persons: { channel: 'persons', people, access: officials },
  my_cases: { channel: 'my_cases', people, access: eachTheirOwn },
  notifications: { channel: 'notifications', people, access: eachTheirOwn },
  // The channel of the person who filed the case, and of officials.
  case: {
    channel: 'case:456',
    people: {
      owner: { user: 'resident7', role: resident },
      other: { user: 'resident8', role: resident },
      foreign: { user: 'resident9', role: resident, tenants: ['another-barangay'] },
      nobody: { user: 'nobody', role: null },
    },
    access: { owner: 'reads', other: 'denied', foreign: 'denied', nobody: 'denied', service: 'reads' },
  },
};
