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
        if (state.asleep) assertFalse(state.phase == Phase.WAITING);
        assertTrue(state.transport >= 0 && state.transport < 2);
      }
    }
  }

  private static Step take(State state, int event, Random random, Around around) {
    Fault fault = new Fault("network", null);
    switch (event) {
      case 0:
        return Phase.connect(state, around);
      case 1:
        return Phase.disconnect(state, around);
      case 2:
        return Phase.token(state, around);
      case 3:
        return Phase.tokenless(state, fault, random.nextInt(4) == 0, around);
      case 4:
        return Phase.frame(state, FrameKind.values()[random.nextInt(4)], around);
      case 5:
        return Phase.denied(state, fault, random.nextBoolean(), around);
      case 6:
        int[] codes = {1000, 1006, 1009, 4001, 4002, 4009, 4503};
        return Phase.closed(state, codes[random.nextInt(codes.length)], fault, 0, around);
      case 7:
        return Phase.due(state, around);
      case 8:
        return Phase.probe(state, around);
      case 9:
        return Phase.adopt(state, around);
      case 10:
        return Phase.wake(state, around);
      default:
        return Phase.sleep(state, random.nextBoolean(), around);
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
