/** Words by which a person opts out of SMS, or in again, as the only word of a message. */
const stopWords = new Set([
  ...['STOP', 'STOPALL', 'UNSUBSCRIBE', 'CANCEL', 'END', 'QUIT', 'OPTOUT', 'REVOKE'],
  // Filipino and Swahili.
  ...['ITIGIL', 'HINTO', 'ACHA', 'SITISHA'],
]);
const startWords = new Set(['START', 'UNSTOP', 'YES', 'OO', 'ANZA']);

/** Returns what a message that came in asks for; undefined for any other text. */
export function wishOf(body: string): 'stop' | 'start' | undefined {
  const word = body
    .trim()
    .toUpperCase()
    .replace(/[^\p{L}]/gu, '');
  if (stopWords.has(word)) return 'stop';
  return startWords.has(word) ? 'start' : undefined;
}
