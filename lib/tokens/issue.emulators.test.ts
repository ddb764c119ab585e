import { randomUUID } from 'node:crypto';
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { createClient } from '../../infra/local/database';
import { describeOnEmulators, type EmptyDatabase } from '../../test/emulators';
import { type Fault, type FaultProxy, startFaultProxy } from '../../test/faultProxy';
import { cutAfterwards, cutBeforeAnswer, failing, failingAfterwards } from '../../test/faults';
import { issueToken, revokeToken } from './issue';
import { createToken } from './token';
import { hashToken } from './verify';

jest.setTimeout(30_000);

/** Faults of the first attempts; the next succeeds. In each, a write is done and its response lost. */
const LOST_ANSWERS: [name: string, faults: Fault[]][] = [
  ['a 500', [failingAfterwards]],
  ['a reset', [cutAfterwards]],
  ['a 500, then a reset', [failingAfterwards, cutAfterwards]],
  ['a reset, then a failure before the write', [cutAfterwards, failing]],
  ['failures before the write, then a 500', [cutBeforeAnswer, failingAfterwards]],
];
const DRAFT = { label: 'ci', createdAt: 1_790_000_000, expiresAt: undefined };
const REFUSED = { name: 'ConditionalCheckFailedException' };

describeOnEmulators('over a network that loses responses', ({ createDatabase }) => {
  let database: EmptyDatabase;
  let table: string;
  let proxy: FaultProxy;
  beforeAll(async () => {
    database = await createDatabase();
    table = database.environment.TOKENS_TABLE;
    proxy = await startFaultProxy(database.environment.AWS_ENDPOINT_URL_DYNAMODB);
  });
  afterAll(() => proxy.stop());
  beforeEach(() => {
    proxy.heal();
    proxy.calls.length = 0;
  });

  const rowOf = async (token: string) =>
    (await database.documents.send(new GetCommand({ TableName: table, Key: { tokenHash: hashToken(token) } }))).Item;

  /** Injects these faults into the next attempts, in order. */
  const fail = (...faults: Fault[]) => proxy.inject(...faults.map((fault) => ({ fault, times: 1 })));

  let sender: DynamoDBClient;
  beforeEach(() => {
    // A new client per test, since a client that keeps failing stops retrying.
    sender = createClient({ ...database.environment, AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint });
  });
  afterEach(() => sender.destroy());

  it.each(LOST_ANSWERS)('issueToken recognises its own row after %s', async (_, faults) => {
    const token = createToken();
    fail(...faults);
    const record = await issueToken(sender, table, token, DRAFT);
    expect(proxy.calls).toHaveLength(faults.length + 1);
    expect(await rowOf(token)).toEqual({
      tokenHash: hashToken(token),
      tokenId: record.tokenId,
      label: DRAFT.label,
      createdAt: DRAFT.createdAt,
    });
  });

  it.each(LOST_ANSWERS)('issueToken does not overwrite another token’s row after %s', async (_, faults) => {
    const token = createToken();
    const row = { tokenHash: hashToken(token), tokenId: randomUUID(), revoked: true };
    await database.documents.send(new PutCommand({ TableName: table, Item: row }));
    fail(...faults);
    await expect(issueToken(sender, table, token, DRAFT)).rejects.toMatchObject(REFUSED);
    expect(await rowOf(token)).toEqual(row);
  });

  it('issueToken keeps its own row revoked if it was revoked before the second attempt', async () => {
    const token = createToken();
    fail(async (response, forward) => {
      await forward();
      await revokeToken(database.client, table, hashToken(token), 1_790_000_001);
      await failing(response, forward);
    });
    await expect(issueToken(sender, table, token, DRAFT)).rejects.toMatchObject(REFUSED);
    expect(await rowOf(token)).toMatchObject({ revoked: true, revokedAt: 1_790_000_001 });
  });

  it.each(LOST_ANSWERS)('revokeToken keeps the time of the first revocation after %s', async (_, faults) => {
    const token = createToken();
    await issueToken(sender, table, token, DRAFT);
    fail(...faults);
    await revokeToken(sender, table, hashToken(token), 1_790_000_001.9);
    await revokeToken(sender, table, hashToken(token), 1_790_000_999);
    expect(await rowOf(token)).toMatchObject({ revoked: true, revokedAt: 1_790_000_001 });
  });

  it('revokeToken does not create a row', async () => {
    const token = createToken();
    await expect(revokeToken(sender, table, hashToken(token), 0)).rejects.toMatchObject(REFUSED);
    expect(await rowOf(token)).toBeUndefined();
  });
});
