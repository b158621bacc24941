/** The alphabet of GSM 03.38, one unit a character, and its extension table, two units a character. */
const basic =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
const extension = '\f^{}\\[~]|€';

const unitsOfGsm7 = new Map([
  ...[...basic].map((character) => [character, 1] as const),
  ...[...extension].map((character) => [character, 2] as const),
]);

/** The units of a text that stands alone, and of each part of a longer one, whose header takes the rest (3GPP TS 23.040). */
const capacities = {
  'GSM-7': { alone: 160, part: 153 },
  'UCS-2': { alone: 70, part: 67 },
} as const;

export interface Segmented {
  readonly encoding: keyof typeof capacities;
  readonly segments: number;
}

/**
 * Returns the encoding of a text as SMS and the segments it takes. A character of two units, of the extension table or
 * beyond the basic plane, is never split between two segments.
 */
export function segmentsOf(text: string): Segmented {
  const characters = [...text];
  const encoding = characters.every((each) => unitsOfGsm7.has(each)) ? 'GSM-7' : 'UCS-2';
  const units = characters.map((each) => (encoding === 'GSM-7' ? (unitsOfGsm7.get(each) ?? 1) : each.length));
  const { alone, part } = capacities[encoding];
  if (units.reduce((sum, each) => sum + each, 0) <= alone) return { encoding, segments: 1 };
  let segments = 1;
  let used = 0;
  for (const each of units) {
    if (used + each > part) {
      segments += 1;
      used = 0;
    }
    used += each;
  }
  return { encoding, segments };
}

/**
 * Returns the longest beginning of `text`, with three dots where it was cut, that together with `end` takes at most
 * `segments`.
 */
export function fitSegments(text: string, end: string, segments: number): string {
  const fits = (candidate: string) => segmentsOf(candidate).segments <= segments;
  if (fits(text + end)) return text + end;
  // An ellipsis of one character would turn the whole text into UCS-2. What a reader sees as one character stays whole.
  const characters = Array.from(new Intl.Segmenter().segment(text), ({ segment }) => segment);
  let [least, most] = [0, characters.length];
  while (least < most) {
    const middle = Math.ceil((least + most) / 2);
    if (fits(`${characters.slice(0, middle).join('').trimEnd()}...${end}`)) least = middle;
    else most = middle - 1;
  }
  return `${characters.slice(0, least).join('').trimEnd()}...${end}`;
}
