package ph.tambuli.example.barangay;

import androidx.room.Database;
import androidx.room.RoomDatabase;

/** The phone's database, of one user. Tambuli adds two tables of its own, which Room does not mind. */
@Database(entities = {Hearing.class}, version = 1, exportSchema = false)
public abstract class BarangayDatabase extends RoomDatabase {
  public abstract HearingDao hearings();
}
