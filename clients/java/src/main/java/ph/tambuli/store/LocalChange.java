package ph.tambuli.store;

/** A change of the application's own tables, in one transaction with a publication that goes into the outbox. */
public interface LocalChange {
  void apply(SqlDatabase database) throws Exception;
}
