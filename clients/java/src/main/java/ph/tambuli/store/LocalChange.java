package ph.tambuli.store;

/** What an application changes in its own tables together with a publication that it puts into the outbox. */
public interface LocalChange {
  void apply(SqlDatabase database) throws Exception;
}
