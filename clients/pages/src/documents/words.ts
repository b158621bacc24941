import { defineWords } from '../shell/language.ts';

export const documentWords = defineWords(
  {
    title: 'Frames',
    loading: 'Reading /asyncapi.json…',
    addresses: 'Addresses',
    fromClients: 'From clients',
    fromServer: 'From the server',
    field: 'Field',
    kind: 'Type',
    meaning: 'Meaning',
    optional: 'may be left out',
    closeCodes: 'Close codes',
    code: 'Code',
    json: 'The document as JSON',
  },
  {
    title: 'Mga frame',
    loading: 'Binabasa ang /asyncapi.json…',
    addresses: 'Mga address',
    fromClients: 'Mula sa mga client',
    fromServer: 'Mula sa server',
    field: 'Field',
    kind: 'Uri',
    meaning: 'Kahulugan',
    optional: 'maaaring wala',
    closeCodes: 'Mga close code',
    code: 'Code',
    json: 'Ang dokumento bilang JSON',
  },
);
