package ph.tambuli.internal.machine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** The state after an event, and what is to be done. */
public final class Step {
  public final State state;
  public final List<Effect> effects;

  private Step(State state, List<Effect> effects) {
    this.state = state;
    this.effects = effects;
  }

  static Step of(State state, Effect... effects) {
    return new Step(state, Collections.unmodifiableList(Arrays.asList(effects)));
  }

  /** The same with effects that come first. */
  Step after(Effect... before) {
    List<Effect> all = new ArrayList<>(Arrays.asList(before));
    all.addAll(effects);
    return new Step(state, Collections.unmodifiableList(all));
  }

  Step and(Effect... behind) {
    List<Effect> all = new ArrayList<>(effects);
    all.addAll(Arrays.asList(behind));
    return new Step(state, Collections.unmodifiableList(all));
  }
}
