package ph.tambuli.example.barangay;

import androidx.room.Entity;
import androidx.room.PrimaryKey;

/** A row of {@code hearings}; its columns are called as on the wire. */
@Entity(tableName = "hearings")
public final class Hearing {
  @PrimaryKey public long id;
  public Long blotterReportId;
  public String hearingDate;
  public String hearingTime;
  public String location;
  public String status;
}
