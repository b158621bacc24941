import { isText } from '../../protocol/schemas/text.ts';
import type { ClientFacts } from '../../realtime/ports/transport.ts';

/** Longest text that is kept of what a client says of itself. */
const maxLength = 100;
const deviceIdPattern = /^[A-Za-z0-9_.:-]{1,100}$/;

/**
 * The facts that a request gives of its device: by `deviceId`, `deviceType`, `platform`, `version` of its address or of `given`,
 * and by its user agent. A text that no column takes (NUL, half a surrogate pair) counts as absent: many connections are
 * written in one statement, which it would fail.
 */
export function clientFacts({ url, headers }: Request, given: object = {}): ClientFacts {
  const userAgent = headers.get('user-agent') ?? '';
  const said = (
    url.includes('?') ? { ...Object.fromEntries(new URL(url).searchParams), ...given } : given
  ) as Readonly<Record<string, unknown>>;
  const text = (name: string) => {
    const value = said[name];
    if (typeof value !== 'string' || value === '' || !isText(value)) return undefined;
    return value.length <= maxLength ? value : cut(value);
  };
  const deviceId = text('deviceId');
  const facts = {
    deviceId: deviceId !== undefined && deviceIdPattern.test(deviceId) ? deviceId : undefined,
    deviceType: text('deviceType') ?? deviceTypeOf(userAgent),
    platform: text('platform') ?? platformOf(userAgent),
    version: text('version') ?? versionOf(userAgent),
  };
  return (facts.deviceId ?? facts.deviceType ?? facts.platform ?? facts.version) ? facts : nothing;
}

/** One object for all who say nothing: ten thousand sessions may be among them. */
const nothing: ClientFacts = { deviceId: undefined, deviceType: undefined, platform: undefined };

/** Its beginning, without half a surrogate pair at its end. */
function cut(value: string): string {
  const start = value.slice(0, maxLength);
  return start.isWellFormed() ? start : start.slice(0, -1);
}

/** Tablets with Android leave out `Mobile`. */
function deviceTypeOf(userAgent: string): string | undefined {
  if (userAgent === '') return undefined;
  if (/iPad|Tablet|Android(?!.*Mobile)/.test(userAgent)) return 'tablet';
  if (/Mobile|iPhone|okhttp/i.test(userAgent)) return 'mobile';
  return /Windows|Macintosh|X11|CrOS/.test(userAgent) ? 'desktop' : undefined;
}

function platformOf(userAgent: string): string | undefined {
  return platforms.find(([, pattern]) => pattern.test(userAgent))?.[0];
}

/** The version that a client which is no browser says of itself, as `okhttp/4.12.0`. */
function versionOf(userAgent: string): string | undefined {
  return /^(?!Mozilla)[A-Za-z][\w.-]*\/[\w.+-]{1,50}/.exec(userAgent)?.[0];
}

/** The first that fits: Android also says Linux, an iPhone also says Mac OS X. */
const platforms: readonly (readonly [string, RegExp])[] = [
  ['android', /Android|okhttp/i],
  ['ios', /iPhone|iPad|iPod/],
  ['windows', /Windows/],
  ['macos', /Macintosh/],
  ['chromeos', /CrOS/],
  ['linux', /Linux|X11/],
];
