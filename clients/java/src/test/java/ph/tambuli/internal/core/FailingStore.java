package ph.tambuli.internal.core;

import java.util.List;
import ph.tambuli.OutboxItem;
import ph.tambuli.Position;
import ph.tambuli.Publication;
import ph.tambuli.store.FillPage;
import ph.tambuli.store.FillPlace;
import ph.tambuli.store.LocalChange;
import ph.tambuli.store.LocalStore;
import ph.tambuli.store.MemoryStore;

/** Throws when it is told to. */
final class FailingStore implements LocalStore {
  final MemoryStore store;
  boolean fails;
  int transactions;

  FailingStore(MemoryStore store) {
    this.store = store;
  }

  @Override
  public Position position(String channel) {
    return store.position(channel);
  }

  @Override
  public void apply(String channel, List<Publication> publications, Position position) {
    if (fails) throw new IllegalStateException("The disk is full.");
    transactions++;
    store.apply(channel, publications, position);
  }

  @Override
  public List<String> lists(String channel) {
    return store.lists(channel);
  }

  @Override
  public FillPlace filling(String channel) {
    return store.filling(channel);
  }

  @Override
  public void fill(String channel, FillPage page) {
    store.fill(channel, page);
  }

  @Override
  public List<OutboxItem> outbox() {
    return store.outbox();
  }

  @Override
  public void add(OutboxItem item, LocalChange change) throws Exception {
    store.add(item, change);
  }

  @Override
  public void replace(OutboxItem item) {
    store.replace(item);
  }

  @Override
  public void remove(String key) {
    store.remove(key);
  }
}
