package ph.tambuli.internal.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import ph.tambuli.Seed;

/** The table under any order of events. */
class PhaseTest {
  private static final Set<Phase> LIVE = EnumSet.of(Phase.OPENING, Phase.OPEN, Phase.CHECKING);
  private static final Set<Phase> TIMED = EnumSet.of(Phase.WAITING, Phase.OPENING, Phase.OPEN, Phase.CHECKING);

  @Test
  @DisplayName("in any order of events there is a link exactly where a phase has one, and no phase waits without an end")
  void walks() {
    Random random = Seed.random();
    for (int walk = 0; walk < 3_000; walk++) {
      State state = State.INITIAL;
      boolean hasLink = false;
      long now = 1_000_000;
      for (int n = 0; n < 60; n++) {
        now += random.nextInt(40_000);
        Around around = new Around(now, random.nextDouble(), random.nextBoolean(), 2, 25_000);
        int event = random.nextInt(12);
        boolean closes = event == 6 && LIVE.contains(state.phase);
        Step step = take(state, event, random, around);
        if (closes) hasLink = false;
        for (Effect effect : step.effects) {
          if (effect == Effect.HANG_UP) hasLink = false;
          if (effect == Effect.DIAL || effect == Effect.ADOPT) hasLink = true;
        }
        state = step.state;
        assertEquals(LIVE.contains(state.phase), hasLink, () -> "a link");
        assertEquals(TIMED.contains(state.phase), state.due > 0, () -> "an end of the phase");
        if (state.isAsleep) assertFalse(state.phase == Phase.WAITING);
        assertTrue(state.transport >= 0 && state.transport < 2);
      }
    }
  }

  private static Step take(State state, int event, Random random, Around around) {
    Phase phase = state.phase;
    Fault fault = Fault.ofToken("invalid_token", null, random.nextInt(4) == 0);
    switch (event) {
      case 0:
        return phase.connect.take(state, around);
      case 1:
        return phase.disconnect.take(state, around);
      case 2:
        return phase.token.take(state, around);
      case 3:
        return phase.tokenless.take(state, fault, around);
      case 4:
        String[] types = {"connected", "authenticated", "publication", "pong"};
        return phase.frame.take(state, types[random.nextInt(types.length)], around);
      case 5:
        return phase.denied.take(state, fault, around);
      case 6:
        int[] codes = {1000, 1006, 1009, 4001, 4002, 4009, 4503};
        return phase.closed.take(state, Fault.closed("network", null, codes[random.nextInt(codes.length)], 0), around);
      case 7:
        return phase.due.take(state, around);
      case 8:
        return phase.probe.take(state, around);
      case 9:
        return phase.adopt.take(state, around);
      case 10:
        return phase.wake.take(state, around);
      default:
        return phase.sleep.take(state, around);
    }
  }

  @Test
  @DisplayName("pauses grow with jitter to thirty seconds, and no loop is faster than its floor")
  void pauses() {
    for (int attempt = 0; attempt < 100; attempt++) {
      assertEquals(Pause.FLOOR, Pause.backoff(attempt, 0, Pause.LONGEST));
      assertTrue(Pause.backoff(attempt, 0.999, Pause.LONGEST) <= Pause.FLOOR + Pause.LONGEST);
    }
    assertTrue(Pause.backoff(9, 0.999, Pause.LONGEST) > 29_000);
  }
}
