import { defineWords } from '../shell/language.ts';

/** Words for what the barangay writes into its own columns; any other is shown as it stands. */
const states = {
  en: {},
  fil: {
    scheduled: 'nakatakda',
    pending: 'nakabinbin',
    ongoing: 'dinidinig',
    completed: 'tapos na',
    resolved: 'naayos na',
    settled: 'naayos na',
    cancelled: 'kinansela',
    postponed: 'ipinagpaliban',
    dismissed: 'ibinasura',
    urgent: 'madalian',
    high: 'mataas',
  },
} as const satisfies Record<string, Readonly<Record<string, string>>>;

const stateIn =
  (table: Readonly<Record<string, string>>) =>
  (state: string): string =>
    table[state] ?? state.replaceAll('_', ' ');

/** The words of the barangay's board. */
export const boardWords = defineWords(
  {
    title: 'Barangay board',
    hearings: 'Hearings',
    before: 'The day before with hearings',
    after: 'The next day with hearings',
    today: 'Today',
    days: 'Days with hearings',
    ofDay: (count: number) => (count === 1 ? '1 hearing' : `${count} hearings`),
    noHearings: 'No hearings on this day.',
    cases: 'Cases',
    open: 'Open',
    closed: 'Closed',
    noCases: 'No cases here.',
    ownCases: 'Your cases',
    noOwnCases: 'You have filed no case. Cases that you file at the barangay hall appear here.',
    ownHelp: 'You see a change here as soon as the barangay makes it.',
    filter: 'Find a case',
    older: 'Older ones',
    where: 'Where',
    when: 'When',
    complainant: 'Complainant',
    officers: 'Officers',
    filedBy: 'Filed by',
    noCase: 'Without a case',
    hearingTold: (day: string, purpose: string) => `${day}: the hearing “${purpose}” has changed`,
    state: stateIn(states.en),
  },
  {
    title: 'Talaan ng barangay',
    hearings: 'Mga pagdinig',
    before: 'Naunang araw na may pagdinig',
    after: 'Susunod na araw na may pagdinig',
    today: 'Ngayon',
    days: 'Mga araw na may pagdinig',
    ofDay: (count) => `${count} pagdinig`,
    noHearings: 'Walang pagdinig sa araw na ito.',
    cases: 'Mga kaso',
    open: 'Bukas pa',
    closed: 'Sarado na',
    noCases: 'Walang kaso rito.',
    ownCases: 'Mga kaso mo',
    noOwnCases: 'Wala ka pang inihaing kaso. Lalabas dito ang mga ihahain mo sa barangay hall.',
    ownHelp: 'Makikita mo rito ang pagbabago sa sandaling gawin ito ng barangay.',
    filter: 'Maghanap ng kaso',
    older: 'Mas luma',
    where: 'Saan',
    when: 'Kailan',
    complainant: 'Nagrereklamo',
    officers: 'Mga opisyal',
    filedBy: 'Inihain ni',
    noCase: 'Walang kaso',
    hearingTold: (day, purpose) => `${day}: nagbago ang pagdinig na “${purpose}”`,
    state: stateIn(states.fil),
  },
);
