import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { limitCalls } from './limitCalls';
import type { Sender } from './session';

const get = (table: string) => new GetItemCommand({ TableName: table, Key: {} });

/** A sender whose calls the test completes, and the calls in progress. */
function slowSender() {
  const underWay: { table: string | undefined; end: (error?: Error) => void }[] = [];
  const send = ({ input }: GetItemCommand) =>
    new Promise((resolve, reject) => {
      const end = (error?: Error) => (error ? reject(error) : resolve(input.TableName));
      underWay.push({ table: input.TableName, end });
    });
  return { sender: { send } as unknown as Sender, underWay };
}

const settled = () => new Promise(setImmediate);

describe('limitCalls', () => {
  it('runs at most `max` calls at once, and starts the next in order when one succeeds or fails', async () => {
    const { sender, underWay } = slowSender();
    const limited = limitCalls(sender, 2);
    const all = Promise.allSettled(['a', 'b', 'c', 'd', 'e'].map((table) => limited.send(get(table))));
    const tables: unknown[] = [];
    for (const error of [undefined, new Error('throttled'), undefined, undefined, undefined]) {
      await settled();
      expect(underWay.length).toBe(tables.length < 4 ? 2 : 1);
      const first = underWay.shift();
      tables.push(first?.table);
      first?.end(error);
    }
    expect(tables).toEqual(['a', 'b', 'c', 'd', 'e']);
    const results = (await all).map((result) => (result.status === 'fulfilled' ? result.value : result.reason.message));
    expect(results).toEqual(['a', 'throttled', 'c', 'd', 'e']);
  });

  it('regains its full capacity after all calls have ended', async () => {
    const { sender, underWay } = slowSender();
    const limited = limitCalls(sender, 2);
    for (const _round of [1, 2]) {
      const all = ['a', 'b', 'c'].map((table) => limited.send(get(table)));
      await settled();
      expect(underWay).toHaveLength(2);
      for (let call = underWay.shift(); call; call = underWay.shift()) {
        call.end();
        await settled();
      }
      await Promise.all(all);
    }
  });

  it('defaults to fifty calls at once', async () => {
    const { sender, underWay } = slowSender();
    const limited = limitCalls(sender);
    for (let i = 0; i < 60; i += 1) void limited.send(get('a'));
    await settled();
    expect(underWay).toHaveLength(50);
  });
});
