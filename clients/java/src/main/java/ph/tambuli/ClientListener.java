package ph.tambuli;

/** Hears of the client as a whole, on its executor alone. */
public interface ClientListener {
  default void onState(ConnectionState state) {}

  /** A failure that is handled: a refused channel, a listener that threw, a store that could not write. */
  default void onError(TambuliException error) {}

  /** The server refused a publication of the outbox for good; the others go on. */
  default void onStuck(OutboxItem item) {}
}
