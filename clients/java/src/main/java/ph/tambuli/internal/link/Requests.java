package ph.tambuli.internal.link;

import java.util.function.Consumer;

/** Sends requests over HTTP with the identity of the client. */
public interface Requests {
  /** Calls back once, on the thread of the client, unless what it returns is run before. */
  Runnable send(Query query, Consumer<Answer> reply);
}
