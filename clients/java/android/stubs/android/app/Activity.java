package android.app;

import android.content.ContextWrapper;
import android.os.Bundle;
import android.view.View;

/** Stub: what the example uses of Android's class. */
public class Activity extends ContextWrapper {
  protected void onCreate(Bundle saved) {}

  protected void onStart() {}

  protected void onStop() {}

  public void setContentView(int layout) {}

  public <T extends View> T findViewById(int id) {
    throw new UnsupportedOperationException("This is a stub.");
  }

  public final Application getApplication() {
    throw new UnsupportedOperationException("This is a stub.");
  }
}
