import { defineWords } from '../shell/language.ts';

export const demoWords = defineWords(
  {
    title: 'Realtime demo',
    venues: 'Venues',
    noVenues: 'There are no venues yet.',
  },
  {
    title: 'Realtime demo',
    venues: 'Mga lugar',
    noVenues: 'Wala pang mga lugar.',
  },
);
