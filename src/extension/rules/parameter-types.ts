import { isText } from '../../protocol/schemas/text.ts';

/**
 * A value of a caller for a parameter of a type, as the statement gets it; undefined where no row can have this
 * value.
 */
type Accept = (text: string) => string | undefined;

const whole = (least: bigint, most: bigint): Accept => {
  return (text) => {
    if (!/^(0|-?[1-9]\d{0,18})$/.test(text)) return undefined;
    const value = BigInt(text);
    return value >= least && value <= most ? text : undefined;
  };
};

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** A half of a surrogate pair would become the replacement character, and with it another text. */
const asItIs: Accept = (text) => (isText(text) ? text : undefined);

/** Postgres cuts a longer text, so that two users would be one. */
const longestName = 63;
const asName: Accept = (text) => (Buffer.byteLength(text) <= longestName ? asItIs(text) : undefined);

/**
 * The types whose values have one text each. Postgres reads ` 7`, `+7` and `07` as the integer 7: if a rule passed them
 * on, the user `07` would be taken for the user `7` (R3), and `order:07` would be a channel that nobody publishes to. A
 * type that compares different texts as equal (`citext`, `character`, `numeric`, dates) is refused for the same reason.
 */
const accepting: Readonly<Record<string, Accept>> = {
  text: asItIs,
  'character varying': asItIs,
  name: asName,
  smallint: whole(-32_768n, 32_767n),
  integer: whole(-2_147_483_648n, 2_147_483_647n),
  bigint: whole(-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n),
  uuid: (text) => (uuid.test(text) ? text : undefined),
};

/** The names of the types, for a fault. */
export const acceptedTypes = Object.keys(accepting).join(', ');

/** The type as which a statement reads one parameter. */
export interface ParameterType {
  /** The name as `regtype` writes it. */
  readonly name: string;
  readonly isEnum: boolean;
}

/** Returns undefined for a type that a rule may not compare with. */
export function acceptOf({ name, isEnum }: ParameterType): Accept | undefined {
  return isEnum ? asItIs : accepting[name];
}

/** The type of the members of `integer[]`; undefined for a type that is no array. */
export const memberOf = (name: string): string | undefined => /^(.+)\[\]$/.exec(name)?.[1];
