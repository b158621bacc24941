import type { Entry, People, Table } from './table.ts';

// The people of a case alone decide who sees it. An installation serves one clinic, so a tenant gives and takes nothing.
const workers: People = {
  owner: { user: 'asha1', role: 'asha' },
  other: { user: 'asha2', role: 'asha' },
  foreign: { user: 'asha3', role: 'asha', tenants: ['another-clinic'] },
  nobody: { user: 'nobody', role: null },
};
const clinicians: People = {
  owner: { user: 'dr-cruz', role: 'clinician' },
  other: { user: 'asha1', role: 'asha' },
  foreign: { user: 'dr-lee', role: 'clinician', tenants: ['another-clinic'] },
  nobody: { user: 'nobody', role: null },
};

/** The channels that belong to one case of the owner. */
const ofCase: Entry['access'] = {
  ...{ owner: 'reads', other: 'denied', foreign: 'denied', nobody: 'denied', service: 'reads' },
};

export const clinicTable: Table = {
  clinic_cases: {
    channel: 'clinic_cases',
    people: clinicians,
    access: { owner: 'reads', other: 'denied', foreign: 'reads', nobody: 'denied', service: 'reads' },
  },
  clinic_my_cases: {
    channel: 'clinic_my_cases',
    people: workers,
    access: { owner: 'reads', other: 'own', foreign: 'own', nobody: 'denied', service: 'denied' },
  },
  clinic_notifications: {
    channel: 'clinic_notifications',
    people: workers,
    access: { owner: 'reads', other: 'own', foreign: 'own', nobody: 'denied', service: 'own' },
  },
  clinic_case: { channel: 'clinic_case:CASE-2', people: workers, access: ofCase },
  clinic_chat: {
    channel: 'clinic_chat:CASE-2',
    people: workers,
    access: ofCase,
    whispers: ['owner'],
    files: ['owner', 'service'],
  },
  clinic_lobby: {
    channel: 'clinic_lobby',
    people: workers,
    access: { owner: 'reads', other: 'reads', foreign: 'reads', nobody: 'denied', service: 'reads' },
  },
};
