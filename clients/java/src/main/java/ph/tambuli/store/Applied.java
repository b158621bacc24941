package ph.tambuli.store;

import ph.tambuli.Position;

/** The rule by which a store applies publications. */
final class Applied {
  private Applied() {}

  /** Throws where a publication is missing between what is stored and the next one. */
  static void requireNext(Position stored, Position next) {
    if (stored == null || !stored.epoch.equals(next.epoch) || next.offset == stored.offset + 1) return;
    throw new IllegalStateException("A publication is missing between " + stored + " and " + next + ".");
  }
}
