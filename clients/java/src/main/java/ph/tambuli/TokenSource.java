package ph.tambuli;

/**
 * Fetches a token: at first, before it expires, and after a refusal. It is called on a thread of the client's own and may
 * block.
 */
public interface TokenSource {
  /** Throws {@link Unauthorized} when the user has to sign in: the client stops. Any other exception is retried. */
  String token() throws Exception;

  /** The user has to sign in. */
  final class Unauthorized extends Exception {
    private static final long serialVersionUID = 1L;

    public Unauthorized(String message) {
      super(message);
    }
  }
}
