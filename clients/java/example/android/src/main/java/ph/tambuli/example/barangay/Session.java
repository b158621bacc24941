package ph.tambuli.example.barangay;

import android.content.Context;
import ph.tambuli.TokenSource;

/** The user who is signed in. An app of your own has this already: it asks its own server for a token. */
final class Session {
  private final Context context;

  private Session(Context context) {
    this.context = context;
  }

  static Session of(Context context) {
    return new Session(context.getApplicationContext());
  }

  /** May block. */
  String freshToken() throws TokenSource.Unauthorized {
    String token = context.getSharedPreferences("session", Context.MODE_PRIVATE).getString("token", null);
    if (token == null) throw new TokenSource.Unauthorized("Nobody is signed in.");
    return token;
  }
}
