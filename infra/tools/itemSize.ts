/**
 * The size of an item as DynamoDB counts it towards its limit of 400 KB.
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Attributes } from './attributeJson';

export const MAX_ITEM_BYTES = 400 * 1024;

/** The size of names and values in bytes; for numbers AWS documents an approximation. */
export const sizeOfItem = (item: Attributes): number =>
  sum(Object.entries(item).map(([name, value]) => Buffer.byteLength(name) + sizeOf(value)));

function sizeOf(value: AttributeValue): number {
  if (value.S !== undefined) return Buffer.byteLength(value.S);
  if (value.N !== undefined) return sizeOfNumber(value.N);
  if (value.B !== undefined) return value.B.length;
  if (value.SS !== undefined) return sum(value.SS.map((text) => Buffer.byteLength(text)));
  if (value.NS !== undefined) return sum(value.NS.map(sizeOfNumber));
  if (value.BS !== undefined) return sum(value.BS.map(({ length }) => length));
  if (value.L !== undefined) return CONTAINER_BYTES + sum(value.L.map((one) => ELEMENT_BYTES + sizeOf(one)));
  if (value.M !== undefined) {
    return CONTAINER_BYTES + ELEMENT_BYTES * Object.keys(value.M).length + sizeOfItem(value.M);
  }
  return 1; // null, true or false
}

const CONTAINER_BYTES = 3;
const ELEMENT_BYTES = 1;

/** A byte, and one for every two significant digits. */
function sizeOfNumber(number: string): number {
  const [mantissa = ''] = number.toLowerCase().split('e');
  const digits = mantissa.replace(/[-+.]/g, '').replace(/^0+/, '').replace(/0+$/, '');
  return 1 + Math.ceil(digits.length / 2);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
