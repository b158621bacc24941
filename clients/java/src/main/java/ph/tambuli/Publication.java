package ph.tambuli;

import java.util.ArrayList;
import java.util.List;
import ph.tambuli.json.JsonObject;

/** One item of a channel. An ephemeral one (typing, a cursor) is in no log: its position is null. */
public final class Publication {
  private final JsonObject frame;
  private final Position position;

  /** {@code epoch}: of the channel's log; null for an ephemeral publication. */
  public Publication(JsonObject frame, String epoch) {
    this.frame = frame;
    this.position = epoch == null ? null : new Position(epoch, frame.number("offset", 0));
  }

  /** The publications of a page of a channel's log. */
  public static List<Publication> listOf(JsonObject page, String epoch) {
    List<Publication> publications = new ArrayList<>();
    for (Object each : page.list("publications")) publications.add(new Publication((JsonObject) each, epoch));
    return publications;
  }

  public String channel() {
    return frame.string("channel");
  }

  /** The kind of publication: {@code hearing_update}. */
  public String type() {
    return frame.string("type");
  }

  /** The event behind it: {@code created}, {@code updated}, {@code deleted}; may be null. */
  public String eventType() {
    return frame.string("eventType");
  }

  public String id() {
    return frame.string("id");
  }

  public Position position() {
    return position;
  }

  /** Throws where a publication is missing between the position that is stored, or null, and this one. */
  public void requireAfter(Position stored) {
    if (stored == null || !stored.epoch.equals(position.epoch) || position.offset == stored.offset + 1) return;
    throw new IllegalStateException("A publication is missing between " + stored + " and " + position + ".");
  }

  /** When it was published, in ISO 8601; an order is that of {@link #position}, never this one. */
  public String timestamp() {
    return frame.string("timestamp");
  }

  /** The sender of an ephemeral publication; may be null. */
  public String userId() {
    return frame.string("userId");
  }

  /** The data where it is an object, as a row is; else null. */
  public JsonObject row() {
    return frame.object("data");
  }

  /** The JSON text of the data, to the letter: for Gson, Moshi or Jackson. */
  public String json() {
    return frame.text("data");
  }

  /** The server keeps it from this reader: only its place counts. */
  public boolean isSkipped() {
    return "skipped".equals(type());
  }

  @Override
  public String toString() {
    return frame.toString();
  }
}
