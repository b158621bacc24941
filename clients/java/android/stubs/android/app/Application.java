package android.app;

import android.content.ContextWrapper;

/** Stub: what the example uses of Android's class. */
public class Application extends ContextWrapper {
  public void onCreate() {}
}
