/** A frame as a test sees it. Text that is no JSON object is `{type: '#text', text}`, binary `{type: '#binary', bytes}`. */
export interface Frame {
  readonly type: string;
  readonly [field: string]: unknown;
}

export function toFrame(data: string | Uint8Array): Frame {
  if (typeof data !== 'string') return { type: '#binary', bytes: data };
  try {
    const value: unknown = JSON.parse(data);
    if (isFrame(value)) return value;
  } catch {
    return { type: '#text', text: data };
  }
  return { type: '#text', text: data };
}

/** A frame of a client: text and bytes as they are, anything else as JSON. */
export function toWire(data: object | string | Uint8Array): string | Uint8Array {
  return typeof data === 'string' || data instanceof Uint8Array ? data : JSON.stringify(data);
}

function isFrame(value: unknown): value is Frame {
  return typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
}
