import type { Closed, State } from '../connection/states.ts';
import type { Undo } from '../core-types.ts';
import * as Pause from '../pauses.ts';
import type { Link, LinkHost, OpenLink, TransportName } from './link.ts';

/** Which transport is next. One is judged by the frames that it delivered, not by having opened. */
export const createJudge =
  (names: readonly TransportName[], isOnline: () => boolean, follows: () => boolean) =>
  (state: State, { code }: Closed, now: number): Partial<State> => {
    const { transport, heard, openedAt, poor = 0 } = state;
    // A lost good connection, a deploy and a refusal say nothing of the transport, nor does a device without a network.
    const isSound = code >= 4000 || code === 1009 || follows();
    const isBrief = names[transport] === 'sse' && now - openedAt < Pause.brief;
    if (isSound || !(heard ? isBrief : isOnline())) return { poor: 0 };
    return poor + 1 < Pause.tries
      ? { poor: poor + 1 }
      : { poor: 0, transport: (transport + 1) % names.length };
  };

/** The part of the client that trying the first transport needs. */
export interface ProbeHost extends Pick<LinkHost, 'url' | 'environment' | 'options' | 'tokens'> {
  state(): State;
  dispatch(event: { readonly type: 'restart' }): void;
}

/** Tries the first transport beside a connection by a lower one: every minute, and when the device wakes. */
export function createProbe(host: ProbeHost, first: OpenLink, follows: () => boolean) {
  const { environment, state, dispatch } = host;
  const { after } = environment;
  let probed: Link | undefined;
  let timer: Undo | undefined;

  function dismiss(): void {
    timer?.();
    probed?.close();
    timer = probed = undefined;
  }

  /** Whether a connection by another transport is open. */
  function isLower(): boolean {
    const { phase, transport } = state();
    return transport > 0 && !follows() && (phase === 'open' || phase === 'checking');
  }

  function probe(): void {
    dismiss();
    if (!isLower()) return;
    timer = after(Pause.probe, probe);
    const mine: Link = first({
      ...host,
      // A greeting proves little: some proxies pass one and cut what follows.
      ready: () => mine.send({ type: 'ping' }),
      frame({ type }) {
        if (type !== 'pong' || probed !== mine) return;
        dismiss();
        dispatch({ type: 'restart' });
      },
      closed: () => undefined,
    });
    probed = mine;
  }

  return {
    wake: probe,
    /** The connection changed: on a lower transport the first trial is due in a minute. */
    changed(): void {
      if (!isLower()) dismiss();
      else timer ??= after(Pause.probe, probe);
    },
  };
}
