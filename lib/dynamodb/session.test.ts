import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { UnavailableError } from '../errors';
import { openSession } from './session';

const COMMAND = new GetItemCommand({ TableName: 't', Key: {} });
const DEADLINE = new AbortController().signal;

describe('a session', () => {
  it('sends a command with its deadline, and returns the response', async () => {
    const answer = { Item: {} };
    const send = jest.fn().mockResolvedValue(answer);
    expect(await openSession({ send }, DEADLINE, { calls: 0, readUnits: 0 }).send(COMMAND)).toBe(answer);
    expect(send).toHaveBeenCalledWith(COMMAND, { abortSignal: DEADLINE });
  });

  it('counts its calls, including failed ones, and adds up the reported read units', async () => {
    const consumed = { calls: 0, readUnits: 0 };
    const send = jest
      .fn()
      .mockResolvedValueOnce({ ConsumedCapacity: { CapacityUnits: 1.5 } })
      .mockResolvedValueOnce({ ConsumedCapacity: {} })
      .mockResolvedValueOnce({})
      .mockResolvedValueOnce(undefined)
      .mockRejectedValueOnce(new Error('x'))
      .mockResolvedValueOnce({ ConsumedCapacity: { CapacityUnits: 2 } });
    const session = openSession({ send }, DEADLINE, consumed);
    const ends = [];
    for (let i = 0; i < 6; i += 1) ends.push(...(await Promise.allSettled([session.send(COMMAND)])));
    const [answered, failed] = ['fulfilled', 'rejected'];
    expect(ends.map(({ status }) => status)).toEqual([answered, answered, answered, answered, failed, answered]);
    expect(consumed).toEqual({ calls: 6, readUnits: 3.5 });
  });

  it.each([
    ['is transient', Object.assign(new Error('x'), { code: 'ECONNRESET' }), UnavailableError],
    ['is permanent', new RangeError('x'), RangeError],
  ])('converts an error that %s', async (_, failure, meaning) => {
    const send = jest.fn().mockRejectedValue(failure);
    const session = openSession({ send }, DEADLINE, { calls: 0, readUnits: 0 });
    await expect(session.send(COMMAND)).rejects.toBeInstanceOf(meaning);
  });
});
