import { parseUuid } from '../../lib/instances/lambdaInstance';
import { COLLECTION } from '../../lib/instances/source';
import { type Attributes, isObject, parseAttributes } from './attributeJson';
import { parseDynamoItem } from './dynamoJson';
import { MAX_ITEM_BYTES, sizeOfItem } from './itemSize';

/** A record to import: its attributes without the key, and its id if it has one. */
export type InstanceLine = { readonly id: string | undefined; readonly attributes: Attributes };

/**
 * Parses a record to import, in this project's JSON or, within `{"Item":…}`, in DynamoDB's. Refuses records that the list
 * would report as damaged (with a uuid that is not an integer of up to 38 digits, or a name that is not text) and those
 * that DynamoDB cannot store.
 *
 * @throws TypeError with the reason if it is refused
 */
export function parseInstanceLine(json: unknown): InstanceLine {
  const all = isDynamoItem(json) ? parseDynamoItem(json.Item) : parseAttributes(json);
  if (Object.hasOwn(all, '__proto__')) throw new TypeError('an attribute must not be named __proto__'); // the SDK loses it
  const { collection, id, ...attributes } = all;
  if (collection && collection.S !== COLLECTION) throw new TypeError(`collection must be "${COLLECTION}"`);
  if (id?.M?.N || attributes.uuid?.M?.N) {
    throw new TypeError(`it is in DynamoDB's notation: write it as {"Item":…} (jq --compact-output '{Item: .}')`);
  }
  if (id && id.N === undefined) throw new TypeError('id must be a number');
  if (attributes.uuid && parseUuid(attributes.uuid.N) === undefined) {
    throw new TypeError('uuid must be an integer of up to 38 digits');
  }
  if (attributes.name && attributes.name.S === undefined && !attributes.name.NULL) {
    throw new TypeError('name must be a string');
  }
  const size = sizeOfItem({ collection: { S: COLLECTION }, id: id ?? { N: '1' }, ...attributes });
  if (size > MAX_ITEM_BYTES) throw new TypeError(`it has ${size} bytes, and DynamoDB holds ${MAX_ITEM_BYTES} (400 KB)`);
  return { id: id?.N, attributes };
}

const isDynamoItem = (json: unknown): json is { Item: unknown } =>
  isObject(json) && Object.keys(json).join() === 'Item';
