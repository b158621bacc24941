package ph.tambuli.internal.machine;

/** What a frame proves of a connection. */
public enum FrameKind {
  GREETING,
  PUBLICATION,
  AUTHENTICATED,
  OTHER
}
