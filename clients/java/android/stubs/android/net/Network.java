package android.net;

/** Stub: what the adapters use of Android's class. */
public class Network {}
