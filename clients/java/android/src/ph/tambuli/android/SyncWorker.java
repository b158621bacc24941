package ph.tambuli.android;

import android.content.Context;
import androidx.work.Constraints;
import androidx.work.ExistingPeriodicWorkPolicy;
import androidx.work.NetworkType;
import androidx.work.PeriodicWorkRequest;
import androidx.work.WorkManager;
import androidx.work.Worker;
import androidx.work.WorkerParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Brings the channels up to date while the app is not open, when there is a network. */
public final class SyncWorker extends Worker {
  private static final String NAME = "tambuli-sync";
  /** Android ends a worker after ten minutes. */
  private static final long LIMIT_MINUTES = 8;

  public SyncWorker(Context context, WorkerParameters parameters) {
    super(context, parameters);
  }

  /** {@code minutes}: at least 15, Android's own floor. A call again changes nothing. */
  public static void schedule(Context context, long minutes) {
    Constraints constraints = new Constraints.Builder().setRequiredNetworkType(NetworkType.CONNECTED).build();
    PeriodicWorkRequest request =
        new PeriodicWorkRequest.Builder(SyncWorker.class, minutes, TimeUnit.MINUTES)
            .setConstraints(constraints)
            .build();
    WorkManager.getInstance(context).enqueueUniquePeriodicWork(NAME, ExistingPeriodicWorkPolicy.KEEP, request);
  }

  @Override
  public Result doWork() {
    TambuliOwner owner = (TambuliOwner) getApplicationContext();
    List<Future<?>> syncs = new ArrayList<>();
    for (String channel : owner.syncedChannels()) syncs.add(owner.tambuli().sync(channel));
    try {
      for (Future<?> each : syncs) each.get(LIMIT_MINUTES, TimeUnit.MINUTES);
      return Result.success();
    } catch (ExecutionException | TimeoutException failed) {
      return Result.retry();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return Result.retry();
    }
  }
}
