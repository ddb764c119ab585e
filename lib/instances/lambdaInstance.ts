import { isDecimal, toInteger, toJsonNumber } from '../dynamodb/decimal';
import type { Row } from '../dynamodb/partition';
import { UnavailableError } from '../errors';

/** A record of a data-processing cluster ("Lambda on Demand"); numbers are text, since they may have 38 digits. */
export type LambdaInstance = {
  /** A JSON number. */
  readonly id: string;
  /** An integer of up to 38 digits; absent if the record has none that can be used. */
  readonly uuid: string | undefined;
  readonly name: string;
  /** Whether an attribute had to be left out or replaced, because its writer got it wrong. */
  readonly isDamaged: boolean;
};

/** The attributes that are read of a record; whatever else its writers keep stays where it is. */
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

/** The digits of an integer of up to 38 digits; undefined for what is none. */
export const parseUuid = (number: string | undefined): string | undefined =>
  isDecimal(number) ? toInteger(number, MAX_UUID_DIGITS) : undefined;

/** The instance as the answer's JSON text. Written by hand: `JSON.stringify` cannot write a number of 38 digits. */
export function toJson({ uuid = 'null', name, id }: LambdaInstance): string {
  return `{"uuid":${uuid},"name":${JSON.stringify(name)},"id":${id}}`;
}

/** The shortest text that an instance can have. */
export const SHORTEST_JSON = toJson({ uuid: '1', name: '', id: '1', isDamaged: false });
