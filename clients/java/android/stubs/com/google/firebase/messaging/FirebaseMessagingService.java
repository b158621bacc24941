package com.google.firebase.messaging;

import android.content.ContextWrapper;

/** Stub: what the example uses of Firebase's class. */
public class FirebaseMessagingService extends ContextWrapper {
  public void onMessageReceived(RemoteMessage message) {}
}
