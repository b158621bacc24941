import { AppError } from '../../errors.ts';
import { channelSegments, personalChannel } from '../../protocol/wire/channel-name.ts';
import type { NamespaceRegistry } from '../../realtime/channels/namespace.ts';
import type { Principal } from '../../realtime/principal.ts';
import type { Right } from './model.ts';

/** The name that this person uses for a channel of the log. */
export function wireNameOf(namespaces: NamespaceRegistry, log: string, userId: string): string {
  const [name] = channelSegments(log);
  const isOwn = namespaces.ofChannel(log)?.personal && log === personalChannel(name, userId);
  return isOwn ? name : log;
}

/** Asks the rule of a channel, as a subscribe would. Never rejects. */
export async function rightTo(
  namespaces: NamespaceRegistry,
  channel: string,
  principal: Principal,
): Promise<Right> {
  try {
    const { namespace } = await namespaces.readable(channel, principal);
    const because = namespace.personal
      ? 'everybody has a channel of this name, and reads their own'
      : `the rule of ${namespace.pattern} allows ${sayPrincipal(principal)}`;
    return { channel, reads: true, because };
  } catch (error) {
    const { code, message } = AppError.from(error);
    if (code === 'forbidden') {
      const pattern = namespaces.ofChannel(channel)?.pattern ?? channel;
      return { channel, reads: false, because: `the rule of ${pattern} denies ${sayPrincipal(principal)}` };
    }
    const because = code === 'internal' ? 'its rule failed: the log has the reason' : message;
    return { channel, reads: false, because };
  }
}

/** Each kind of channel, and the channels given. */
export async function rightsOf(
  namespaces: NamespaceRegistry,
  channels: readonly string[],
  principal: Principal,
): Promise<Right[]> {
  const { patterns } = namespaces;
  const named = patterns.filter((pattern) => !pattern.includes('{'));
  const rest = patterns.filter((pattern) => pattern.includes('{'));
  const asked = new Set([...named, ...channels]);
  return [
    ...(await Promise.all([...asked].map((channel) => rightTo(namespaces, channel, principal)))),
    ...rest.map((channel) => ({
      channel,
      reads: null,
      because: 'its parameters decide; ask with one channel at /api/operate/why',
    })),
  ];
}

function sayPrincipal({ role, tenants }: Principal): string {
  return tenants.length === 0 ? `the role ${role}` : `the role ${role} in ${tenants.slice(0, 10).join(', ')}`;
}
