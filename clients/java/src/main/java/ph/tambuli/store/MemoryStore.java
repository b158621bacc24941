package ph.tambuli.store;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import ph.tambuli.OutboxItem;
import ph.tambuli.Position;
import ph.tambuli.Publication;
import ph.tambuli.json.JsonObject;

/** Keeps everything until the process ends; of channels that {@link #keep} names, the rows too, by their {@code id}. */
public final class MemoryStore implements LocalStore {
  private final Map<String, Position> positions = new HashMap<>();
  private final Map<String, FillPlace> fills = new HashMap<>();
  private final Map<String, List<String>> lists = new HashMap<>();
  private final Map<String, Map<Object, JsonObject>> rows = new HashMap<>();
  private final Map<String, OutboxItem> outbox = new LinkedHashMap<>();

  /** Keeps the rows of a channel; {@code fillFrom} are the addresses of the routes that list them at first. */
  public synchronized MemoryStore keep(String channel, String... fillFrom) {
    rows.put(channel, new LinkedHashMap<>());
    lists.put(channel, Collections.unmodifiableList(new ArrayList<>(java.util.Arrays.asList(fillFrom))));
    return this;
  }

  /** The rows of a channel at this moment. */
  public synchronized List<JsonObject> rows(String channel) {
    Map<Object, JsonObject> kept = rows.get(channel);
    return kept == null ? new ArrayList<>() : new ArrayList<>(kept.values());
  }

  @Override
  public synchronized Position position(String channel) {
    return fills.containsKey(channel) ? null : positions.get(channel);
  }

  @Override
  public synchronized void apply(String channel, List<Publication> publications, Position position) {
    Position stored = position(channel);
    Map<Object, JsonObject> kept = rows.get(channel);
    Map<Object, JsonObject> changed = kept == null ? null : new LinkedHashMap<>(kept);
    for (Publication each : publications) {
      if (stored != null && stored.covers(each.position())) continue;
      each.requireAfter(stored);
      stored = each.position();
      if (changed != null && !each.isSkipped()) change(changed, each);
    }
    if (publications.isEmpty() || (stored != null && !stored.covers(position))) stored = position;
    if (changed != null) rows.put(channel, changed);
    fills.remove(channel);
    positions.put(channel, stored);
  }

  @Override
  public synchronized List<String> lists(String channel) {
    List<String> of = lists.get(channel);
    return of == null ? Collections.<String>emptyList() : of;
  }

  @Override
  public synchronized FillPlace filling(String channel) {
    return fills.get(channel);
  }

  @Override
  public synchronized void fill(String channel, FillPage page) {
    Map<Object, JsonObject> kept = rows.get(channel);
    if (page.isFirst) kept.clear();
    for (JsonObject row : page.rows) kept.put(row.get("id"), row);
    positions.put(channel, page.position);
    if (page.next == null) fills.remove(channel);
    else fills.put(channel, page.next);
  }

  @Override
  public synchronized List<OutboxItem> outbox() {
    return new ArrayList<>(outbox.values());
  }

  /** {@code change} gets no database: this store has none. */
  @Override
  public synchronized void add(OutboxItem item, LocalChange change) throws Exception {
    if (outbox.containsKey(item.key)) throw new IllegalStateException("The outbox has the key " + item.key + " already.");
    if (change != null) change.apply(null);
    outbox.put(item.key, item);
  }

  @Override
  public synchronized void replace(OutboxItem item) {
    outbox.remove(item.key);
    outbox.put(item.key, item);
  }

  @Override
  public synchronized void remove(String key) {
    outbox.remove(key);
  }

  private static void change(Map<Object, JsonObject> rows, Publication publication) {
    JsonObject row = publication.row();
    if ("truncated".equals(publication.eventType())) rows.clear();
    else if (row == null || !row.has("id")) return;
    else if ("deleted".equals(publication.eventType())) rows.remove(row.get("id"));
    else rows.put(row.get("id"), row);
  }
}
