package ph.tambuli.internal.machine;

/** A cell of the table {@link Phase}: the step on an event that brings nothing along. */
public interface Cell {
  Step take(State s, Around a);

  /** The step on an event that brings something along. */
  interface With<E> {
    Step take(State s, E event, Around a);
  }
}
