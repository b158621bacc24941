package ph.tambuli.internal.link;

/** Opens links. */
public interface Links {
  Link webSocket(LinkHost host);

  Link poll(LinkHost host);
}
