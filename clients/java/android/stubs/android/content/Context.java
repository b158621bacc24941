package android.content;

/** Stub: what the adapters use of Android's class. */
public abstract class Context {
  public static final String CONNECTIVITY_SERVICE = "connectivity";

  public abstract Object getSystemService(String name);

  public abstract Context getApplicationContext();
}
