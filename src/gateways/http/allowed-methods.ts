/** A route as Elysia lists it. */
export interface RouteShape {
  readonly method: string;
  /** `/api/venues/:id`, `/files/*` */
  readonly path: string;
}

const known: readonly string[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Returns a function from a path to the methods that routes take there, empty where there is no route. `routes` is
 * asked once, at the first call: the routes of an application are complete by then.
 */
export function allowedMethods(routes: () => readonly RouteShape[]): (path: string) => readonly string[] {
  let shapes: readonly { readonly method: string; readonly pattern: RegExp }[] | undefined;
  return (path) => {
    shapes ??= routes().map(({ method, path: shape }) => ({ method, pattern: patternOf(shape) }));
    const found = new Set(shapes.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method));
    if (found.has('GET')) found.add('HEAD');
    return known.filter((method) => found.has(method) || found.has('ALL'));
  };
}

function patternOf(shape: string): RegExp {
  const segments = shape
    .replace(/\/$/, '')
    .split('/')
    .map((segment) => {
      if (segment === '*') return '.*';
      if (segment.startsWith(':')) return '[^/]+';
      return segment.replaceAll(/[^\w-]/g, '\\$&');
    });
  return new RegExp(`^${segments.join('/')}/?$`);
}
