package ph.tambuli.example.barangay;

/** Stub of the class that the Android build makes of the resources. */
public final class R {
  private R() {}

  /** Views. */
  public static final class id {
    public static final int status = 1;
    public static final int hearings = 2;
  }

  /** Layouts. */
  public static final class layout {
    public static final int activity_hearings = 1;
  }

  /** Texts. */
  public static final class string {
    public static final int changed = 1;
  }
}
