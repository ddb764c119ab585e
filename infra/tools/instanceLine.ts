import { parseUuid } from '../../lib/instances/lambdaInstance';
import { COLLECTION } from '../../lib/instances/source';
import { type Attributes, parseAttributes } from './attributeJson';

/** What an import is to make of one record: attributes beside the key, and the key's id if the record names one. */
export type InstanceLine = { readonly id: string | undefined; readonly attributes: Attributes };

/**
 * A record to import. What the list would have to call damaged is refused: a uuid that is no integer of up to 38
 * digits, a name that is no text.
 *
 * @throws TypeError saying why it is refused
 */
export function parseInstanceLine(json: unknown): InstanceLine {
  const { collection, id, ...attributes } = parseAttributes(json);
  if (collection && collection.S !== COLLECTION) throw new TypeError(`collection must be "${COLLECTION}"`);
  if (id && id.N === undefined) throw new TypeError('id must be a number');
  if (attributes.uuid && parseUuid(attributes.uuid.N) === undefined) {
    throw new TypeError('uuid must be an integer of up to 38 digits');
  }
  if (attributes.name && attributes.name.S === undefined && !attributes.name.NULL) {
    throw new TypeError('name must be a string');
  }
  return { id: id?.N, attributes };
}
