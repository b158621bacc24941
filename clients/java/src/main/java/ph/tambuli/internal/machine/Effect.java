package ph.tambuli.internal.machine;

/** An order of the machine to the client. */
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
