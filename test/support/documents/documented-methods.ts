import { allowedMethods } from '../../../src/gateways/http/allowed-methods.ts';

/** The `paths` of an OpenAPI document: operations by path and method. */
export type DocumentedPaths = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/**
 * The methods that the document has at an address, in capitals. An address such as /api/cases/update-status is one of
 * /api/cases/{id} as well.
 */
export function documentedMethods(paths: DocumentedPaths): (address: string) => readonly string[] {
  const routes = Object.entries(paths).flatMap(([path, operations]) =>
    Object.keys(operations).map((method) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{(\w+)\}/g, ':$1'),
    })),
  );
  return allowedMethods(() => routes);
}
