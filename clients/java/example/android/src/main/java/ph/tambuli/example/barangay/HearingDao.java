package ph.tambuli.example.barangay;

import androidx.lifecycle.LiveData;
import androidx.room.Dao;
import androidx.room.Query;
import java.util.List;

/** Room implements it; what Tambuli writes comes out of it by itself. */
@Dao
public interface HearingDao {
  @Query("select * from hearings order by hearingDate, hearingTime")
  LiveData<List<Hearing>> all();
}
