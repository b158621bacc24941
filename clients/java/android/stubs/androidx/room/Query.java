package androidx.room;

/** Stub of Room's annotation. */
public @interface Query {
  String value();
}
