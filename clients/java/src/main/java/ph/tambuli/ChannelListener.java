package ph.tambuli;

/**
 * Hears of one channel, on the executor of the client alone, one call after the other. What a listener throws is reported
 * to {@link ClientListener#onError}; other listeners are called all the same.
 */
public interface ChannelListener {
  /** The store has committed this publication; every one comes once, in order, unless the process ends in between. */
  void onPublication(Publication publication);

  /** Somebody types, or moves a cursor; in no log and no store. */
  default void onWhisper(Publication whisper) {}

  /** A first fill, or one after history was gone, put new rows in place of the former ones. */
  default void onFilled() {}

  default void onState(ChannelState state) {}

  /** The readers of the channel changed; told where its namespace has presence. */
  default void onPresence(Presence presence) {}
}
