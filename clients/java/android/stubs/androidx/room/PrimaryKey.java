package androidx.room;

/** Stub of Room's annotation. */
public @interface PrimaryKey {}
