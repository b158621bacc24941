/**
 * The states of something and what each event makes of them. A pair that is left out does not compile; `null` says that
 * the event cannot come in that state.
 */
export type StateTable<State extends string, Event extends string> = Readonly<
  Record<State, Readonly<Record<Event, State | null>>>
>;

/** Returns the state after the event. Throws where the table says that the event cannot come. */
export function nextState<State extends string, Event extends string>(
  table: StateTable<State, Event>,
  state: State,
  event: Event,
): State {
  const next = table[state][event];
  if (next === null) throw new Error(`"${event}" cannot come while something is ${state}.`);
  return next;
}
