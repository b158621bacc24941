package ph.tambuli.internal.machine;

/** The kinds of frames, by their proof of a working connection. */
public enum FrameKind {
  GREETING,
  PUBLICATION,
  AUTHENTICATED,
  OTHER
}
