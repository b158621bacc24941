package ph.tambuli.store;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import ph.tambuli.json.JsonObject;

class MemoryStoreTest extends StoreContract {
  @Override
  protected LocalStore open() {
    return new MemoryStore().keep("notes", "/notes");
  }

  @Override
  protected List<String> rows() {
    List<String> rows = new ArrayList<>();
    for (JsonObject row : ((MemoryStore) store).rows("notes")) rows.add(row.get("id") + "=" + row.get("text"));
    Collections.sort(rows);
    return rows;
  }
}
