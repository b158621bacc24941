package ph.tambuli.internal.machine;

/** What a step asks the client to do. */
public enum Effect {
  /** Get a token, then report. */
  TOKEN,
  /** Open the transport. */
  DIAL,
  HANG_UP,
  /** Ask for a frame. */
  PING,
  /** Try the first transport beside the present one. */
  PROBE,
  /** Make the probed transport the connection. */
  ADOPT,
  /** Close the probed transport. */
  DISMISS,
  /** The token is of no use. */
  FORGET
}
