package ph.tambuli.android;

import android.database.Cursor;
import androidx.room.RoomDatabase;
import androidx.sqlite.db.SupportSQLiteDatabase;
import androidx.sqlite.db.SupportSQLiteOpenHelper;
import androidx.sqlite.db.SupportSQLiteStatement;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.concurrent.Callable;
import ph.tambuli.sqlite.JdbcDatabase;
import ph.tambuli.sqlite.SqlContract;
import ph.tambuli.store.SqlDatabase;

/** The adapter of Room, over stubs with the JVM's SQLite behind them. */
class RoomStoreDatabaseTest extends SqlContract {
  @Override
  public SqlDatabase openDatabase(Path file) throws Exception {
    return new RoomStoreDatabase(new Room(DriverManager.getConnection("jdbc:sqlite:" + file)));
  }

  private static final class Room extends RoomDatabase implements SupportSQLiteOpenHelper {
    private final Support support;

    Room(Connection connection) {
      support = new Support(connection);
    }

    @Override
    public SupportSQLiteOpenHelper getOpenHelper() {
      return this;
    }

    @Override
    public SupportSQLiteDatabase getWritableDatabase() {
      return support;
    }

    /** Runs as Room's own does: an exception of the body goes on unchanged. */
    @Override
    public <V> V runInTransaction(Callable<V> body) {
      support.beginTransactionNonExclusive();
      try {
        V value = body.call();
        support.setTransactionSuccessful();
        return value;
      } catch (RuntimeException failure) {
        throw failure;
      } catch (Exception failure) {
        throw new IllegalStateException(failure);
      } finally {
        support.endTransaction();
      }
    }
  }

  private static final class Support implements SupportSQLiteDatabase {
    private final JdbcDatabase database;
    private final JdbcTransactions transactions;

    Support(Connection connection) {
      database = new JdbcDatabase(connection);
      transactions = new JdbcTransactions(connection);
    }

    @Override
    public SupportSQLiteStatement compileStatement(String sql) {
      return new JdbcStatement(database, sql);
    }

    @Override
    public Cursor query(String sql, Object[] arguments) {
      try {
        return new JdbcCursor(database.query(sql, arguments));
      } catch (SQLException failure) {
        // Android's exceptions are unchecked.
        throw new IllegalStateException(failure);
      }
    }

    @Override
    public void beginTransactionNonExclusive() {
      transactions.begin();
    }

    @Override
    public void setTransactionSuccessful() {
      transactions.successful();
    }

    @Override
    public void endTransaction() {
      transactions.end();
    }
  }
}
