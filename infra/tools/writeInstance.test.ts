import {
  ConditionalCheckFailedException,
  GetItemCommand,
  ProvisionedThroughputExceededException,
  PutItemCommand,
  QueryCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Sender } from '../../lib/dynamodb/session';
import { instancesIn } from '../../lib/instances/source';
import { appendInstance, mergeInstance } from './writeInstance';

const throttled = () => new ProvisionedThroughputExceededException({ message: 'slow down', $metadata: {} });
const cutOff = () => Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });

/** A table of ids and uuids; `meddle` is called before and after each write, and may throw. */
function createTable(uuids: Map<string, string>, meddle: (when: 'before' | 'after', id: string) => void = () => {}) {
  const waits: number[] = [];
  const put = ({ Item, ConditionExpression }: PutItemCommand['input']) => {
    const id = Item?.id?.N ?? '';
    meddle('before', id);
    if (ConditionExpression && uuids.has(id)) {
      throw new ConditionalCheckFailedException({ message: 'The conditional request failed', $metadata: {} });
    }
    uuids.set(id, Item?.uuid?.N ?? '');
    meddle('after', id);
  };
  const send = async (command: unknown) => {
    if (command instanceof QueryCommand) {
      const largest = [...uuids.keys()].sort((a, b) => Number(b) - Number(a))[0];
      return { Items: largest === undefined ? [] : [{ id: { N: largest } }] };
    }
    if (command instanceof GetItemCommand) return { Item: { uuid: { N: uuids.get(command.input.Key?.id?.N ?? '') } } };
    if (command instanceof PutItemCommand) return put(command.input);
    if (command instanceof UpdateItemCommand) return meddle('before', command.input.Key?.id?.N ?? '');
    throw new TypeError('an unexpected command');
  };
  const wait = async (ms: number) => waits.push(ms);
  return { sender: { send } as Sender, partition: instancesIn('instances'), uuids, waits, wait };
}

/** Throws these errors in turn, then nothing. */
function once(moment: 'before' | 'after', ...errors: Error[]) {
  return (when: 'before' | 'after') => {
    const error = when === moment ? errors.shift() : undefined;
    if (error) throw error;
  };
}

const record = { uuid: { N: '7' } };

describe('appendInstance', () => {
  it('uses the id after the largest, and 1 in an empty table', async () => {
    const table = createTable(new Map());
    await appendInstance(table, record);
    await appendInstance(table, { uuid: { N: '8' } });
    expect(Object.fromEntries(table.uuids)).toEqual({ 1: '7', 2: '8' });
  });

  it('takes the next id if another writer takes this one first', async () => {
    const table = createTable(new Map([['4', '1']]), (when, id) => {
      if (when === 'before' && id === '5') table.uuids.set('5', '99');
    });
    await appendInstance(table, record);
    expect(Object.fromEntries(table.uuids)).toEqual({ 4: '1', 5: '99', 6: '7' });
  });

  it('repeats a throttled write', async () => {
    const table = createTable(new Map(), once('before', throttled(), throttled()));
    await appendInstance(table, record);
    expect(Object.fromEntries(table.uuids)).toEqual({ 1: '7' });
    expect(table.waits).toHaveLength(2);
  });

  it('recognises its own record if only the response was lost', async () => {
    const table = createTable(new Map(), once('after', cutOff()));
    await appendInstance(table, record);
    expect(Object.fromEntries(table.uuids)).toEqual({ 1: '7' });
  });

  it("does not mistake another's record for its own after a lost request", async () => {
    const errors = [cutOff()];
    const table = createTable(new Map(), (when, id) => {
      const error = when === 'before' ? errors.shift() : undefined;
      if (!error) return;
      table.uuids.set(id, '99');
      throw error;
    });
    await appendInstance(table, record);
    expect(Object.fromEntries(table.uuids)).toEqual({ 1: '99', 2: '7' });
  });

  it('refuses to follow an id that is not an integer', async () => {
    const table = createTable(new Map([['2.5', '1']]));
    await expect(appendInstance(table, record)).rejects.toThrow('the largest id in the table, 2.5, is not an integer');
  });
});

describe('mergeInstance', () => {
  it('gives up after about half a minute of an outage, with its error', async () => {
    const table = createTable(new Map(), () => {
      throw throttled();
    });
    await expect(mergeInstance(table, '1', record)).rejects.toThrow('slow down');
    expect(table.waits).toHaveLength(15);
    for (const ms of table.waits) expect(ms).toBeLessThanOrEqual(5_000);
  });

  it('does not retry after an interruption', async () => {
    const table = createTable(new Map(), once('before', throttled()));
    await expect(mergeInstance({ ...table, signal: AbortSignal.abort() }, '1', record)).rejects.toThrow('slow down');
    expect(table.waits).toHaveLength(0);
  });

  it('does not repeat a refused write', async () => {
    const refused = Object.assign(new Error('no'), { name: 'ValidationException', $metadata: { httpStatusCode: 400 } });
    const table = createTable(new Map(), once('before', refused));
    await expect(mergeInstance(table, '1', record)).rejects.toBe(refused);
    expect(table.waits).toHaveLength(0);
  });
});
