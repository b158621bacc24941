package android.content;

/** Stub: what the adapters and the example use of Android's class. */
public abstract class Context {
  public static final String CONNECTIVITY_SERVICE = "connectivity";
  public static final int MODE_PRIVATE = 0;

  public abstract Object getSystemService(String name);

  public abstract Context getApplicationContext();

  public abstract SharedPreferences getSharedPreferences(String name, int mode);

  public abstract String getString(int id, Object... arguments);
}
