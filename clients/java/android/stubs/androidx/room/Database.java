package androidx.room;

/** Stub of Room's annotation. */
public @interface Database {
  Class<?>[] entities();

  int version();

  boolean exportSchema() default true;
}
