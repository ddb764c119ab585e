import { isDecimal, toInteger, toJsonNumber } from '../dynamodb/decimal';
import type { Row } from '../dynamodb/partition';
import { UnavailableError } from '../errors';

/** A record of a data-processing cluster ("Lambda on Demand"). Numbers are strings, since they may have 38 digits. */
export type LambdaInstance = {
  /** A JSON number. */
  readonly id: string;
  /** An integer of up to 38 digits; undefined if the record has no usable one. */
  readonly uuid: string | undefined;
  readonly name: string;
  /** Whether a malformed attribute was omitted or replaced. */
  readonly isDamaged: boolean;
};

/** The attributes read from a record. */
export const ATTRIBUTES = ['id', 'uuid', 'name'] as const;

export const DEFAULT_NAME = 'Lambda Instance';
const MAX_UUID_DIGITS = 38;

export function parseLambdaInstance(row: Row): LambdaInstance {
  const id = row.id?.N;
  if (!isDecimal(id)) throw new UnavailableError('DynamoDB answered with a row without its key');
  const uuid = parseUuid(row.uuid?.N);
  const name = row.name?.S;
  const isNameless = row.name === undefined || row.name.NULL !== undefined;
  return {
    id: toJsonNumber(id),
    uuid,
    name: name ?? DEFAULT_NAME,
    isDamaged: uuid === undefined || (name === undefined && !isNameless),
  };
}

/** Returns the digits of an integer of up to 38 digits; undefined for anything else. */
export const parseUuid = (number: string | undefined): string | undefined =>
  isDecimal(number) ? toInteger(number, MAX_UUID_DIGITS) : undefined;

/** Returns the instance as JSON text. Not `JSON.stringify`, which cannot write numbers of 38 digits. */
export function toJson({ uuid = 'null', name, id }: LambdaInstance): string {
  return `{"uuid":${uuid},"name":${JSON.stringify(name)},"id":${id}}`;
}

/** The shortest possible JSON text of an instance. */
export const SHORTEST_JSON = toJson({ uuid: '1', name: '', id: '1', isDamaged: false });
