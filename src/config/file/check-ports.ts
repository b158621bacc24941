import { takenName } from '../../extension/delivery-method.ts';
import type { Ports } from '../../extension/ports.ts';
import { closest, type FileFault, valueText } from './faults.ts';

/** The form of a port: a function, an object with these methods, or a list of such objects. */
type Form<Port> = Port extends (...args: never) => unknown
  ? 'function'
  : Port extends readonly (infer Item)[]
    ? { readonly each: readonly MethodOf<Item>[] }
    : readonly MethodOf<Port>[];

type MethodOf<Port> = {
  [K in keyof Port]-?: Port[K] extends (...args: never) => unknown ? K : never;
}[keyof Port] &
  string;

const forms: { readonly [K in keyof Ports]-?: Form<Exclude<Ports[K], undefined>> } = {
  authenticator: ['fromFrame', 'fromUpgrade', 'fromRequest'],
  broker: 'function',
  eventLog: ['append', 'head', 'heads', 'read', 'prune', 'forgetUnused'],
  presence: ['enter', 'leave', 'tell', 'members', 'beat'],
  deliveryMethods: { each: ['send'] },
  smsProvider: ['send'],
  fileStore: ['uploadLink', 'look', 'keep', 'downloadLink', 'remove', 'check'],
  clock: ['now', 'monotonic', 'after', 'every'],
};

const known = Object.keys(forms) as (keyof Ports)[];

/** Every fault of the `ports` of a module, which the type of `defineConfig` cannot prevent in JavaScript. */
export function portFaults(ports: unknown): FileFault[] {
  if (ports === undefined) return [];
  if (typeof ports !== 'object' || ports === null || Array.isArray(ports)) {
    return [{ path: ['ports'], found: valueText(ports), expected: `an object with ${known.join(', ')}` }];
  }
  return Object.entries(ports).flatMap(([key, port]): FileFault[] => {
    const name = known.find((each) => each === key);
    if (name !== undefined) return port === undefined ? [] : faultsOf(name, port);
    const meant = closest(key, known);
    const expected = `one of ${known.join(', ')}${meant ? `; did you mean ${meant}?` : ''}`;
    return [{ path: ['ports', key], found: `the key ${valueText(key)}`, expected }];
  });
}

function faultsOf(key: keyof Ports, port: unknown): FileFault[] {
  const form = forms[key];
  if (form === 'function') {
    return typeof port === 'function'
      ? []
      : [{ path: ['ports', key], found: valueText(port), expected: 'a function' }];
  }
  if (!('each' in form)) return methodFaults(['ports', key], port, form);
  if (!Array.isArray(port)) {
    return [{ path: ['ports', key], found: valueText(port), expected: 'a list of delivery methods' }];
  }
  const taken = takenName(port.map((item) => Object(item).name).filter((name) => typeof name === 'string'));
  return port.flatMap((item, index) => [
    ...(taken !== undefined && Object(item).name === taken
      ? [
          {
            path: ['ports', key, index, 'name'],
            found: valueText(taken),
            expected: 'a name that is not taken',
          },
        ]
      : []),
    ...methodFaults(['ports', key, index], item, form.each),
    ...(typeof Object(item).name === 'string' && Object(item).name !== ''
      ? []
      : [{ path: ['ports', key, index, 'name'], found: valueText(Object(item).name), expected: 'a text' }]),
  ]);
}

function methodFaults(path: FileFault['path'], port: unknown, methods: readonly string[]): FileFault[] {
  const expected = `an object with the method(s) ${methods.join(', ')}`;
  if (typeof port !== 'object' || port === null) return [{ path, found: valueText(port), expected }];
  const missing = methods.filter((method) => typeof Reflect.get(port, method) !== 'function');
  if (missing.length === 0) return [];
  return [{ path, found: `an object without ${missing.join(', ')}`, expected }];
}
