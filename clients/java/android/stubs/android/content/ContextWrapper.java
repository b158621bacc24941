package android.content;

/** Stub: what the example uses of Android's class. */
public class ContextWrapper extends Context {
  @Override
  public Object getSystemService(String name) {
    throw new UnsupportedOperationException("This is a stub.");
  }

  @Override
  public Context getApplicationContext() {
    throw new UnsupportedOperationException("This is a stub.");
  }

  @Override
  public SharedPreferences getSharedPreferences(String name, int mode) {
    throw new UnsupportedOperationException("This is a stub.");
  }

  @Override
  public String getString(int id, Object... arguments) {
    throw new UnsupportedOperationException("This is a stub.");
  }
}
