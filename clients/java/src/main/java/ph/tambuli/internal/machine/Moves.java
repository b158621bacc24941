package ph.tambuli.internal.machine;

import static ph.tambuli.internal.machine.Effect.ADOPT;
import static ph.tambuli.internal.machine.Effect.DIAL;
import static ph.tambuli.internal.machine.Effect.DISMISS;
import static ph.tambuli.internal.machine.Effect.FORGET;
import static ph.tambuli.internal.machine.Effect.HANG_UP;
import static ph.tambuli.internal.machine.Effect.PING;
import static ph.tambuli.internal.machine.Effect.PROBE;
import static ph.tambuli.internal.machine.Effect.TOKEN;

/** The steps that several cells of the table share. */
final class Moves {
  static final Fault NO_ANSWER = new Fault("no_answer", null);

  private Moves() {}

  static Step begin(State state) {
    return Step.of(state.rest(Phase.AUTHORIZING), TOKEN);
  }

  /** Begins as on an order of the application: the pauses begin anew. */
  static Step beginAnew(State state) {
    State fresh = state.next();
    fresh.attempt = 0;
    fresh.denials = 0;
    return begin(fresh);
  }

  static Step dial(State state, Around around) {
    State dialing = state.rest(Phase.OPENING);
    dialing.heard = false;
    dialing.openedAt = around.now;
    dialing.due = around.now + Pause.DIAL;
    dialing.late = 0;
    return Step.of(dialing, DIAL);
  }

  static Step await(State state, Fault fault, long pauseMs, Around around, Effect... effects) {
    if (state.asleep) return Step.of(state.rest(Phase.SLEEPING, fault), effects);
    State waiting = state.rest(Phase.WAITING, fault);
    waiting.attempt++;
    waiting.due = around.now + pauseMs;
    return Step.of(waiting, effects);
  }

  /** {@code afterMs}: what the server asked to wait, or 0. */
  static Step lost(State state, int code, Fault fault, long afterMs, Around around) {
    if (code >= 4500 && code < 5000) return Step.of(state.rest(Phase.STOPPED, fault));
    boolean spoke = state.heard || code >= 4000 || code == 1009;
    State moved = state.next();
    moved.silent = spoke || !around.online ? 0 : state.silent + 1;
    if (moved.silent >= Pause.TRIES) {
      moved.transport = (state.transport + 1) % around.transports;
      moved.silent = 0;
    }
    boolean isAtOnce = code == 1009 || code == 4002;
    long own = isAtOnce ? Pause.FLOOR : Pause.backoff(state.attempt, around.random, Pause.LONGEST);
    long crowded = code == 4009 ? Pause.CROWDED : 0;
    long asked = afterMs + (long) (Pause.FLOOR * around.random);
    return await(moved, fault, Math.max(own, Math.max(crowded, asked)), around);
  }

  static Step denied(State state, Fault fault, boolean isRenewable, Around around) {
    if (!isRenewable) return Step.of(state.rest(Phase.STOPPED, fault), HANG_UP, FORGET);
    State more = state.next();
    more.denials++;
    long pause =
        state.denials == 0 ? Pause.FLOOR : Pause.backoff(state.denials, around.random, Pause.DENIED);
    return await(more, fault, pause, around, HANG_UP, FORGET);
  }

  static Step tokenless(State state, Fault fault, boolean isForGood, Around around) {
    if (isForGood) return Step.of(state.rest(Phase.STOPPED, fault), HANG_UP);
    return await(state, fault, Pause.backoff(state.attempt, around.random, Pause.LONGEST), around);
  }

  /** A connection that is there stays, unless nobody may have one. */
  static Step tokenlessOpen(State state, Fault fault, boolean isForGood, Around around) {
    return isForGood ? tokenless(state, fault, true, around) : Step.of(state);
  }

  static Step heard(State state, FrameKind kind, Around around) {
    State alive = state.next();
    alive.lastHeardAt = around.now;
    if (kind == FrameKind.GREETING) return Step.of(alive);
    // A connection that answered after a whole silence has proven itself as well as a publication would.
    boolean isProven =
        state.phase == Phase.CHECKING && around.now - state.openedAt > around.silenceMs;
    if (kind == FrameKind.PUBLICATION || isProven) alive.attempt = 0;
    if (kind == FrameKind.AUTHENTICATED) alive.denials = 0;
    if (kind == FrameKind.PUBLICATION || kind == FrameKind.AUTHENTICATED) alive.fault = null;
    boolean isLower = state.transport > 0 && around.transports > 1;
    if (!isLower) alive.probeAt = 0;
    else if (state.probeAt == 0) alive.probeAt = around.now + Pause.PROBE;
    if (state.phase != Phase.OPEN) alive.due = around.now + around.silenceMs;
    alive.phase = Phase.OPEN;
    alive.heard = true;
    alive.silent = 0;
    alive.late = 0;
    return Step.of(alive);
  }

  static Step check(State state, Around around, long answerMs) {
    State checking = state.next();
    checking.phase = Phase.CHECKING;
    checking.due = around.now + answerMs;
    return Step.of(checking, PING);
  }

  static Step wakeOpen(State state, Around around) {
    State awake = state.asleep(false);
    if (state.probeAt == 0) return check(awake, around, Pause.ANSWER);
    awake.probeAt = around.now + Pause.PROBE;
    return check(awake, around, Pause.ANSWER).and(PROBE);
  }

  static Step probe(State state, Around around) {
    State next = state.next();
    next.probeAt = around.now + Pause.PROBE;
    return Step.of(next, PROBE);
  }

  static Step adopt(State state, Around around) {
    State first = state.next();
    first.transport = 0;
    return Step.of(dial(first, around).state, ADOPT);
  }

  /** Nothing came in the time that dialling may take. */
  static Step unanswered(State state, Around around) {
    return lost(state, 1006, NO_ANSWER, 0, around).after(HANG_UP);
  }

  /** After a silence the server is asked whether it is there. */
  static Step openDue(State state, Around around) {
    long heardAt = state.lastHeardAt > 0 ? state.lastHeardAt : state.openedAt;
    if (around.now - heardAt >= around.silenceMs) return check(state, around, Pause.ROUTINE);
    State later = state.next();
    later.due = heardAt + around.silenceMs;
    return Step.of(later);
  }

  static Step checkingDue(State state, Around around) {
    // A timer that came late tells of a suspended device, not of the network: the question is asked again.
    if (around.now - state.due > Pause.LATE && state.late < 2) {
      State again = state.next();
      again.late++;
      return check(again, around, Pause.ANSWER);
    }
    if (state.asleep) return Step.of(state.rest(Phase.SLEEPING, NO_ANSWER), HANG_UP);
    State dead = state.next();
    dead.fault = NO_ANSWER;
    dead.attempt++;
    return begin(dead).after(HANG_UP);
  }

  static Step toIdle(State state) {
    return Step.of(state.rest(Phase.IDLE, null), HANG_UP, DISMISS);
  }

  static Step fallAsleep(State state) {
    return Step.of(state.rest(Phase.SLEEPING).asleep(true));
  }

  /** An open connection stays so in the background, until it is lost or has to be given up. */
  static Step sleepOpen(State state, boolean hangsUp) {
    return hangsUp ? fallAsleep(state).and(HANG_UP, DISMISS) : Step.of(state.asleep(true));
  }
}
