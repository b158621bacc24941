package android.os;

/** Stub of Android's class. */
public final class Bundle {}
