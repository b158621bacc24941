package ph.tambuli.internal.link;

/** Sends requests over HTTP with the identity of the client. */
public interface Requests {
  /** Calls back once, on the thread of the client, unless it is cancelled. */
  Pending send(Query query, Reply reply);

  interface Reply {
    void take(Answer answer);
  }

  interface Pending {
    void cancel();
  }
}
