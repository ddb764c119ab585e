import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DeleteItemCommandInput,
  GetItemCommand,
  type GetItemCommandInput,
  PutItemCommand,
  type PutItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
  ScanCommand,
  type ScanCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Partition } from '../lib/dynamodb/partition';
import type { Sender } from '../lib/dynamodb/session';
import { bytesOf, type Item, isMet, nameIn, project, rangeOf, readUnits, writeUnits } from './dynamoRequests';
import { History } from './history';
import { compareKeys, hasKey, type Keys, sortedKeys, withKey, withoutKey } from './keys';

/** Conditions of a call beyond its caller's control. */
export type Circumstances = {
  /** The age of an eventually consistent read's view, in calls. */
  readonly age?: number;
  /** Cuts a response after this many rows or items; 0: an empty page with a key, if possible. */
  readonly cut?: number;
};

/** Executes a call at any time, any number of times, and returns the response. */
export type Carry = (command: unknown, execute: (circumstances?: Circumstances) => unknown) => Promise<unknown>;

/** A change of a row, as in the table's stream. */
export type Change = {
  readonly tick: number;
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly key: string;
};

type Options = {
  readonly rows: Partition;
  readonly keys?: Keys;
  /** Returns the attributes of a row; default: only its key. */
  readonly toRow?: (key: string) => Item;
  /** Returns the size of a row, unless it was written with an attribute `bytes`, which sets it. */
  readonly rowBytes?: number | ((key: string) => number);
  /** The maximum age of a read's view. */
  readonly maxAge?: number;
};

/**
 * Simulates DynamoDB in memory: a table of rows in one partition, and tables of items with one key attribute. Supports
 * the API that the page index and its readers use. Calls are atomic; `Carry` adds faults.
 */
export class SimulatedDynamo {
  /** Incremented by every executed call. */
  tick = 0;
  readonly changes: Change[] = [];
  readonly #rows: Partition;
  readonly #toRow: (key: string) => Item;
  readonly #rowBytes: number | ((key: string) => number);
  /** The sizes of rows written with `bytes`. */
  readonly #ownBytes = new Map<string, number>();
  readonly #maxAge: number;
  readonly #keys: History<Keys>;
  readonly #deleted = new Set<string>();
  readonly #tables = new Map<string, Map<string, History<Item | undefined>>>();

  constructor({ rows, keys = sortedKeys([]), toRow, rowBytes = 100, maxAge = 0 }: Options) {
    const { partitionKey, sortKey } = rows;
    this.#rows = rows;
    this.#toRow = toRow ?? ((key) => ({ [partitionKey.name]: { S: partitionKey.value }, [sortKey]: { N: key } }));
    this.#rowBytes = rowBytes;
    this.#maxAge = maxAge;
    this.#keys = new History(keys);
  }

  /** The keys of the current rows. */
  get keys(): Keys {
    return this.#keys.now;
  }

  /** Returns the size of a row in bytes. */
  bytesOf(key: string): number {
    return this.#ownBytes.get(key) ?? (typeof this.#rowBytes === 'number' ? this.#rowBytes : this.#rowBytes(key));
  }

  /** Returns a client; by default its calls execute at once. */
  connect(carry: Carry = async (_command, execute) => execute()): Sender {
    const send = (command: unknown) => carry(command, (circumstances = {}) => this.#execute(command, circumstances));
    return { send: send as Sender['send'] };
  }

  /** Returns the keys of a table's items, in ascending order. */
  names(table: string): string[] {
    return [...this.#items(table)].flatMap(([name, { now }]) => (now ? name : [])).sort();
  }

  #execute(command: unknown, circumstances: Circumstances): unknown {
    this.tick += 1;
    if (command instanceof GetItemCommand) return this.#get(command.input, circumstances);
    if (command instanceof PutItemCommand) return this.#put(command.input);
    if (command instanceof DeleteItemCommand) return this.#delete(command.input);
    if (command instanceof QueryCommand) return this.#query(command.input, circumstances);
    if (command instanceof ScanCommand) return this.#scan(command.input, circumstances);
    throw new TypeError('unsupported command');
  }

  #get({ TableName, Key, ConsistentRead = false }: GetItemCommandInput, { age = 0 }: Circumstances): unknown {
    const history = this.#items(TableName).get(nameIn(Key));
    const item = history?.asOf(ConsistentRead ? this.tick : this.tick - age);
    return { ...(item ? { Item: item } : {}), ...readUnits(item ? bytesOf(item) : 0, ConsistentRead) };
  }

  #put({ TableName, Item: item = {}, ConditionExpression, ExpressionAttributeValues }: PutItemCommandInput): unknown {
    if (TableName === this.#rows.table) return this.#putRow(item);
    const name = nameIn(item);
    const current = this.#items(TableName).get(name)?.now ?? {};
    if (ConditionExpression && !isMet(ConditionExpression, current, ExpressionAttributeValues)) {
      throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
    }
    this.#keep(TableName, name, item);
    return writeUnits(bytesOf(item));
  }

  #putRow(item: Item): unknown {
    const key = item[this.#rows.sortKey]?.N ?? '';
    if (item.bytes) this.#ownBytes.set(key, Number(item.bytes.N));
    const isNew = !hasKey(this.keys, key);
    if (isNew) this.#keys.add(this.tick, withKey(this.keys, key), this.#maxAge);
    this.#deleted.delete(key);
    this.changes.push({ tick: this.tick, eventName: isNew ? 'INSERT' : 'MODIFY', key });
    return writeUnits(this.bytesOf(key));
  }

  #delete({ TableName, Key }: DeleteItemCommandInput): unknown {
    if (TableName === this.#rows.table) return this.#deleteRow(Key?.[this.#rows.sortKey]?.N ?? '');
    this.#keep(TableName, nameIn(Key), undefined);
    return writeUnits(0);
  }

  #deleteRow(key: string): unknown {
    if (hasKey(this.keys, key)) {
      this.#keys.add(this.tick, withoutKey(this.keys, key), this.#maxAge);
      this.#deleted.add(key);
      this.changes.push({ tick: this.tick, eventName: 'REMOVE', key });
    }
    return writeUnits(this.bytesOf(key));
  }

  #query(input: QueryCommandInput, { age = 0, cut = Number.POSITIVE_INFINITY }: Circumstances): unknown {
    const { Select, Limit = Number.POSITIVE_INFINITY, ConsistentRead = false } = input;
    const keys = this.#keys.asOf(ConsistentRead ? this.tick : this.tick - age);
    const { after, through } = rangeOf(input, this.#rows.sortKey);
    const from = after === undefined ? 0 : keys.upTo(after);
    const to = through === undefined ? keys.size : keys.upTo(through);
    const nowhere = cut === 0 ? this.#deletedBetween(after, from < to ? keys.at(from) : through) : undefined;
    const most = nowhere === undefined ? Math.min(Limit, Math.max(1, cut)) : 0;
    const { count, bytes } = this.#fit(keys, from, Math.min(to, from + most));
    const isCut = count === most || from + count < to;
    const lastKey = nowhere ?? (isCut ? keys.at(from + count - 1) : undefined);
    const rows = Array.from({ length: Select === 'COUNT' ? 0 : count }, (_, i) => this.#toRow(keys.at(from + i)));
    return {
      Count: count,
      ...(Select === 'COUNT' ? {} : { Items: rows.map((row) => project(row, input)) }),
      ...(lastKey === undefined ? {} : { LastEvaluatedKey: { [this.#rows.sortKey]: { N: lastKey } } }),
      ...readUnits(bytes, ConsistentRead),
    };
  }

  /** Returns the number of these rows in one response: up to 1 MB, at least one row. */
  #fit(keys: Keys, from: number, to: number): { count: number; bytes: number } {
    if (typeof this.#rowBytes === 'number' && this.#ownBytes.size === 0) {
      const count = Math.min(to - from, Math.max(1, Math.floor(MEGABYTE / this.#rowBytes)));
      return { count, bytes: count * this.#rowBytes };
    }
    let [count, bytes] = [0, 0];
    for (; from + count < to; count += 1) {
      const next = this.bytesOf(keys.at(from + count));
      if (count > 0 && bytes + next > MEGABYTE) break;
      bytes += next;
    }
    return { count, bytes };
  }

  /** Returns the key at which an empty response may end. */
  #deletedBetween(after: string | undefined, before: string | undefined): string | undefined {
    const isBetween = (key: string): boolean =>
      (after === undefined || compareKeys(after, key) < 0) && (before === undefined || compareKeys(key, before) < 0);
    return [...this.#deleted].find(isBetween);
  }

  #scan(input: ScanCommandInput, { cut = Number.POSITIVE_INFINITY }: Circumstances): unknown {
    const { TableName = '', ExclusiveStartKey } = input;
    const names = this.names(TableName).filter((name) => !ExclusiveStartKey || name > nameIn(ExclusiveStartKey));
    const read = names.slice(0, Math.max(1, cut));
    const lastName = read.length < names.length ? read.at(-1) : undefined;
    const items = read.map((name) => this.#items(TableName).get(name)?.now ?? {});
    return {
      Items: items.map((item) => project(item, input)),
      ...(lastName === undefined ? {} : { LastEvaluatedKey: { node: { S: lastName } } }),
    };
  }

  #items(table = ''): Map<string, History<Item | undefined>> {
    const items = this.#tables.get(table) ?? new Map<string, History<Item | undefined>>();
    this.#tables.set(table, items);
    return items;
  }

  #keep(table: string | undefined, name: string, item: Item | undefined): void {
    const items = this.#items(table);
    const history = items.get(name) ?? new History<Item | undefined>(undefined);
    items.set(name, history);
    history.add(this.tick, item, this.#maxAge);
  }
}

const MEGABYTE = 1_048_576; // the limit of a Query
