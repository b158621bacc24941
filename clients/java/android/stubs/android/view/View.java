package android.view;

/** Stub of Android's class. */
public class View {}
