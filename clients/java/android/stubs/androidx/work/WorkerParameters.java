package androidx.work;

/** Stub of AndroidX's class. */
public class WorkerParameters {}
