package com.google.firebase.messaging;

import java.util.Map;

/** Stub: what the example uses of Firebase's class. */
public abstract class RemoteMessage {
  public abstract Map<String, String> getData();
}
