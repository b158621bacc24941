import type { ReactNode } from 'react';
import type * as model from '../../../../src/domains/school/model.ts';
import type * as reach from '../../../../src/domains/school/reach/reach-model.ts';
import { ScrollingTable } from '../shell/frame/scrolling-table.tsx';
import { methodWord, schoolWords, typeWord } from './words.ts';

export type EventType = Pick<
  (typeof model.EventType)['static'],
  'name' | 'description' | 'methods' | 'isActive'
>;
export type Choice = (typeof reach.Preferences)['static']['data']['choices'][number];

/** The name of the checkboxes, whose values are a type and a method. */
const field = 'reached';
const keyOf = (eventType: string, method: string) => `${eventType} ${method}`;

/** The choice that holds for a type: its own, or that for all types. */
export function choiceOf(choices: readonly Choice[], eventType: string, method: string): Choice['choice'] {
  const found = (type: string) =>
    choices.find((each) => each.eventType === type && each.method === method)?.choice;
  return found(eventType) ?? found('*') ?? 'now';
}

interface TypeChoicesProps {
  readonly types: readonly EventType[];
  /** Those that the deployment has. */
  readonly methods: readonly string[];
  readonly choices: readonly Choice[];
}

/** By which ways the events of each type reach this person when they are away. */
export function TypeChoices({ types, methods, choices }: TypeChoicesProps): ReactNode {
  const say = schoolWords();
  const rows = types.filter((type) => methods.some((method) => type.methods.includes(method)));
  if (rows.length === 0) return null;
  return (
    <ScrollingTable label={say.byType}>
      <caption>{say.byType}</caption>
      <thead>
        <tr>
          <th scope="col">{say.typeOfEvent}</th>
          {methods.map((method) => (
            <th key={method} scope="col">
              {methodWord(method)}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((type) => (
          <tr key={type.name}>
            <th scope="row">{typeWord(type)}</th>
            {methods.map((method) => (
              <td key={method}>
                {type.methods.includes(method) && (
                  <input
                    type="checkbox"
                    name={field}
                    value={keyOf(type.name, method)}
                    aria-label={`${typeWord(type)}: ${methodWord(method)}`}
                    defaultChecked={choiceOf(choices, type.name, method) !== 'off'}
                  />
                )}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </ScrollingTable>
  );
}

/**
 * The choices after the form was filled in; `general` are those for all types. A box that was not touched leaves the choice
 * of its type as it was, so that one that came by another program, such as a digest, stays.
 */
export function choicesAfter(
  { types, methods, choices }: TypeChoicesProps,
  given: FormData,
  general: readonly Choice[],
): readonly Choice[] {
  const checked = new Set(given.getAll(field));
  const changed = types.flatMap(({ name: eventType, methods: ofType }) =>
    methods.flatMap((method) => {
      const isOn = checked.has(keyOf(eventType, method));
      const wasOn = choiceOf(choices, eventType, method) !== 'off';
      return ofType.includes(method) && isOn !== wasOn ? [{ eventType, method, isOn }] : [];
    }),
  );
  const touched = new Set(changed.map(({ eventType, method }) => keyOf(eventType, method)));
  const own = choices.filter(
    ({ eventType, method }) => eventType !== '*' && !touched.has(keyOf(eventType, method)),
  );
  const set = changed.flatMap(({ isOn, eventType, method }): Choice[] => {
    if (!isOn) return [{ eventType, method, choice: 'off' }];
    return choiceOf(general, '*', method) === 'off' ? [{ eventType, method, choice: 'now' }] : [];
  });
  return [...own, ...set, ...general];
}
