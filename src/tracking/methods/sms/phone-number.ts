import { Word } from '../../../protocol/schemas/text.ts';

/** A phone number in the international form of E.164. */
export const phonePattern = '^\\+[1-9][0-9]{6,14}$';
export const PhoneNumber = Word(16, phonePattern, { description: 'E.164, such as +639171234567' });
