package android.widget;

import android.view.View;

/** Stub: what the example uses of Android's class. */
public class TextView extends View {
  public void setText(CharSequence text) {}
}
