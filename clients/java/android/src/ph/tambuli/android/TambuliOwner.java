package ph.tambuli.android;

import java.util.List;
import ph.tambuli.TambuliClient;

/** The app's {@code Application}: it has the one client of the process whatever component started it. */
public interface TambuliOwner {
  TambuliClient tambuli();

  /** The channels that a periodic job keeps up to date. */
  List<String> syncedChannels();
}
