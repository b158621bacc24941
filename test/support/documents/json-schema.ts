import Ajv2020 from 'ajv/dist/2020';
import addFormats from 'ajv-formats';

/** The schemas inside a document of OpenAPI 3.1 or AsyncAPI 3. */
export interface DocumentSchemas {
  /** The fault of the value by the schema at this place, given as the keys that lead there; '' when nothing is. */
  faults(place: readonly (string | number)[], value: unknown): string;
}

export function schemasOf(document: object): DocumentSchemas {
  // Not strict: a document has more than schemas in it, and examples and formats of its own.
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats(ajv);
  for (const format of ['text', 'instant-parameter']) ajv.addFormat(format, true);
  ajv.addSchema(document, 'document');
  return {
    faults(place, value) {
      const pointer = place.map((key) => String(key).replaceAll('~', '~0').replaceAll('/', '~1'));
      const schema = `document#/${pointer.map(encodeURIComponent).join('/')}`;
      return ajv.validate({ $ref: schema }, value) ? '' : ajv.errorsText();
    },
  };
}
