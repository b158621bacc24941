package android.content;

/** Stub: what the example uses of Android's interface. */
public interface SharedPreferences {
  String getString(String key, String otherwise);
}
