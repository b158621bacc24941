package ph.tambuli.internal.channel;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import ph.tambuli.Position;
import ph.tambuli.Publication;
import ph.tambuli.internal.core.Callbacks;
import ph.tambuli.internal.core.World;
import ph.tambuli.internal.machine.Pause;
import ph.tambuli.json.JsonObject;
import ph.tambuli.store.LocalStore;

/**
 * The publications that a channel received and the store has not committed yet. Everything that came meanwhile is committed in one
 * transaction; where the store fails, the same is tried again after a pause, and nothing is skipped.
 */
final class Applier {
  /** Publications of one transaction: a transaction of a phone stays short, and old SQLite binds few values. */
  private static final int BATCH = 500;
  /** Publications that may wait for the store or the listeners before the rest is read from the log again. */
  private static final int MAX_WAITING = 10_000;
  /** Between two looks whether the listeners have caught up. */
  private static final long BACKLOG_MS = 50;

  private final String channel;
  private final World world;
  private final LocalStore store;
  private final Callbacks callbacks;
  private final Follower follower;
  private final List<Publication> waiting = new ArrayList<>();
  private Position applied;
  /** Received, and perhaps not applied yet; null: what comes is of no use. */
  private Position heard;
  /** Too much waited: what comes is left out, and asked for again. */
  private boolean isOverflowed;
  private boolean isPlanned;
  /** A fill is under way: what came waits until its position is known. */
  private boolean isHeld;
  private int failures;
  private Runnable pause;

  Applier(String channel, World world, LocalStore store, Callbacks callbacks, Follower follower) {
    this.channel = channel;
    this.world = world;
    this.store = store;
    this.callbacks = callbacks;
    this.follower = follower;
  }

  Position applied() {
    return applied;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  /** The position to go on from, with what waits; null where there is none. */
  Position heard() {
    if (heard == null) heard = applied;
    return heard;
  }

  /** Takes what comes next; returns false where a publication is missing before it. */
  boolean offer(JsonObject frame) {
    long offset = frame.number("offset", 0);
    if (heard == null || offset <= heard.offset || isOverflowed) return true;
    if (offset > heard.offset + 1) return false;
    isOverflowed = waiting.size() >= MAX_WAITING;
    if (isOverflowed) return true;
    Publication publication = new Publication(frame, heard.epoch);
    heard = publication.position();
    waiting.add(publication);
    plan();
    return true;
  }

  /** Whether publications were left out. From now on those after {@link #applied} are taken again. */
  boolean resumes() {
    if (!isOverflowed) return false;
    goOnFrom(applied);
    return true;
  }

  private void goOnFrom(Position position) {
    heard = position;
    isOverflowed = false;
  }

  /** Goes on from the position of the store; a waiting publication comes again, or is of another history. */
  void reset(Position position) {
    waiting.clear();
    isHeld = false;
    applied = position;
    goOnFrom(position);
  }

  /** Keeps what comes after a position until {@link #reset} or {@link #release}. */
  void hold(Position position) {
    reset(null);
    isHeld = true;
    goOnFrom(position);
  }

  /** The store was filled up to here; what waits and is newer follows. */
  void release(Position position) {
    isHeld = false;
    applied = position;
    if (position.covers(heard)) heard = position;
    if (!waiting.isEmpty()) plan();
  }

  /** Commits what waits, as far as the store takes it. */
  private void settle() {
    while (!waiting.isEmpty() && !isHeld) {
      try {
        commit(batch());
      } catch (Exception failure) {
        follower.applyFailed(failure);
        return;
      }
    }
  }

  /** Behind the frames that were read already, so that they come into the same transaction. */
  private void plan() {
    if (isPlanned) return;
    isPlanned = true;
    world.execute(this::flush);
  }

  private void planAfter(long ms) {
    isPlanned = true;
    pause = world.after(ms, this::flush);
  }

  void stop() {
    if (pause != null) pause.run();
    isPlanned = false;
    waiting.clear();
    goOnFrom(applied);
  }

  private void flush() {
    isPlanned = false;
    if (isHeld) return;
    if (waiting.isEmpty()) {
      follower.idle();
      return;
    }
    if (callbacks.backlog() > MAX_WAITING) {
      planAfter(BACKLOG_MS);
      return;
    }
    List<Publication> batch = batch();
    try {
      commit(batch);
    } catch (Exception failure) {
      if (batch.size() > 1) commitOneByOne(batch);
      else failed(failure);
      return;
    }
    failures = 0;
    if (waiting.isEmpty()) follower.idle();
    else plan();
  }

  private List<Publication> batch() {
    return new ArrayList<>(waiting.subList(0, Math.min(BATCH, waiting.size())));
  }

  /** One that fails must not keep those before it from being applied. */
  private void commitOneByOne(List<Publication> batch) {
    try {
      for (Publication each : batch) {
        commit(Collections.singletonList(each));
        failures = 0;
      }
    } catch (Exception failure) {
      failed(failure);
      return;
    }
    plan();
  }

  private void failed(Exception failure) {
    follower.applyFailed(failure);
    planAfter(Pause.backoff(failures++, world.random(), Pause.LONGEST));
  }

  private void commit(List<Publication> batch) throws Exception {
    List<Publication> fresh = fresh(batch);
    if (!fresh.isEmpty()) apply(fresh, fresh.get(fresh.size() - 1).position());
    waiting.subList(0, batch.size()).clear();
    if (!fresh.isEmpty()) follower.applied(fresh, applied);
  }

  /** Applies a page that was read over HTTP, at once. What waits and is in the page is left out later. */
  void applyPage(List<Publication> page, Position position) throws Exception {
    List<Publication> fresh = fresh(page);
    if (fresh.isEmpty() && applied != null && applied.covers(position)) return;
    apply(fresh, position);
    if (heard == null || !heard.epoch.equals(position.epoch) || position.covers(heard)) heard = position;
    follower.applied(fresh, position);
  }

  private List<Publication> fresh(List<Publication> given) {
    List<Publication> fresh = new ArrayList<>(given);
    if (applied != null) fresh.removeIf(each -> applied.covers(each.position()));
    return fresh;
  }

  private void apply(List<Publication> fresh, Position position) throws Exception {
    store.apply(channel, fresh, position);
    applied = position;
  }

  /** Moves to a position of a history that has no rows to fetch; what waits comes before it. */
  void move(Position position) throws Exception {
    settle();
    waiting.clear();
    // Should the store fail now, the next publication moves it.
    goOnFrom(position);
    apply(new ArrayList<>(), position);
  }
}
