package ph.tambuli.internal.machine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The state after an event, and what is to be done. */
public final class Step {
  public final State state;
  /** In order. */
  public final List<Effect> effects;

  private Step(State state, Effect... effects) {
    this.state = state;
    this.effects = new ArrayList<>(Arrays.asList(effects));
  }

  static Step of(State state, Effect... effects) {
    return new Step(state, effects);
  }

  /** The event changes nothing. */
  static Step none(State state, Around around) {
    return of(state);
  }

  static <E> Step none(State state, E event, Around around) {
    return of(state);
  }

  static Step dismiss(State state, Around around) {
    return of(state, Effect.DISMISS);
  }

  /** The same with an effect that comes first. */
  Step after(Effect first) {
    effects.add(0, first);
    return this;
  }

  Step and(Effect last) {
    effects.add(last);
    return this;
  }
}
