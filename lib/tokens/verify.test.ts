import { createHash } from 'node:crypto';
import { GetItemCommand, type GetItemCommandOutput } from '@aws-sdk/client-dynamodb';
import { UnavailableError } from '../errors';
import { hashToken, verifyToken } from './verify';

const HASH = hashToken('sample');
const NOW = 1_795_547_038;
const REFUSAL = expect.objectContaining({ refusal: 'invalid-token' });

/** Verifies the token `sample` against a table with this response. */
function verify(output: Partial<GetItemCommandOutput>, nowSeconds = NOW) {
  const send = jest.fn().mockResolvedValue({ $metadata: {}, ConsumedCapacity: { CapacityUnits: 1 }, ...output });
  const warn = jest.fn();
  const result = verifyToken(HASH, { sender: { send }, table: 'tokens', nowSeconds, log: { warn } });
  return { result, send, warn };
}

const row = (attributes: GetItemCommandOutput['Item'] = {}) => ({ Item: { tokenHash: { S: HASH }, ...attributes } });

describe('hashToken', () => {
  it.each([
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      '~',
      createHash('sha256')
        .update(Buffer.from([0x7e]))
        .digest('hex'),
    ],
  ])('returns the lower-case hex SHA-256 of %s', (token, hash) => {
    expect(hashToken(token)).toBe(hash);
  });
});

describe('verifyToken', () => {
  it('makes one strongly consistent read by the hash', async () => {
    const { result, send } = verify(row());
    await result;
    expect(send).toHaveBeenCalledTimes(1);
    const [command] = send.mock.calls[0] ?? [];
    expect(command).toBeInstanceOf(GetItemCommand);
    expect(command.input).toEqual({
      TableName: 'tokens',
      Key: { tokenHash: { S: HASH } },
      ConsistentRead: true,
      ReturnConsumedCapacity: 'TOTAL',
    });
  });

  it.each<[string, GetItemCommandOutput['Item']]>([
    ['only its key', {}],
    ['an expiry one second ahead', { expiresAt: { N: String(NOW + 1) } }],
    ['an expiry a fraction of a second ahead', { expiresAt: { N: `${NOW}.001` } }],
    ['an expiry beyond any date', { expiresAt: { N: '9.9E+125' } }],
    ['no revocation', { revoked: { BOOL: false } }],
    ['a label', { label: { S: '' } }],
    ['attributes of other systems', { owner: { L: [] }, scopes: { SS: ['a'] } }],
  ])('accepts a token with %s', async (_, attributes) => {
    const { result, warn } = verify(row({ ...attributes, tokenId: { S: 'id-1' } }));
    expect(await result).toEqual({ tokenId: 'id-1' });
    expect(warn).not.toHaveBeenCalled();
  });

  it('accepts a token without an id', async () => {
    expect(await verify(row()).result).toEqual({ tokenId: undefined });
  });

  it.each<[string, GetItemCommandOutput['Item']]>([
    ['expires at this second', { expiresAt: { N: String(NOW) } }],
    ['has expired', { expiresAt: { N: String(NOW - 1) } }],
    ['expired before the epoch', { expiresAt: { N: '-1' } }],
    ['expired at the epoch', { expiresAt: { N: '0' } }],
    ['is revoked', { revoked: { BOOL: true } }],
    ['is revoked before it expires', { revoked: { BOOL: true }, expiresAt: { N: String(NOW + 1) } }],
  ])('refuses a token that %s, without a warning', async (_, attributes) => {
    const { result, warn } = verify(row(attributes));
    await expect(result).rejects.toEqual(REFUSAL);
    expect(warn).not.toHaveBeenCalled();
  });

  it('compares the expiry with fractions of a second', async () => {
    await expect(verify(row({ expiresAt: { N: '100' } }), 99.999).result).resolves.toBeDefined();
    await expect(verify(row({ expiresAt: { N: '100' } }), 100).result).rejects.toEqual(REFUSAL);
  });

  it('refuses an unknown token', async () => {
    const { result, warn } = verify({});
    await expect(result).rejects.toEqual(REFUSAL);
    expect(warn).not.toHaveBeenCalled();
  });

  it.each<[string, GetItemCommandOutput['Item']]>([
    ['expiresAt', { expiresAt: { S: String(NOW + 1) } }],
    ['expiresAt', { expiresAt: { NULL: true } }],
    ['expiresAt', { expiresAt: { N: 'soon' } }],
    ['revoked', { revoked: { S: 'false' } }],
    ['revoked', { revoked: { N: '0' } }],
    ['revoked', { revoked: { NULL: true } }],
    ['label', { label: { N: '1' } }],
    ['tokenId', { tokenId: { N: '1' } }],
  ])('refuses a token whose row has a %s of the wrong type, with a warning', async (name, attributes) => {
    const { result, warn } = verify(row(attributes));
    await expect(result).rejects.toEqual(REFUSAL);
    expect(warn).toHaveBeenCalledTimes(1);
    const [message, fields] = warn.mock.calls[0] ?? [];
    expect(message).toBe('a token row is malformed and was refused');
    expect(fields).toEqual({ tokenId: undefined, malformed: [name] });
  });

  it('names every malformed attribute, and the row by its id', async () => {
    const { result, warn } = verify(row({ tokenId: { S: 'id-1' }, expiresAt: { S: '1' }, revoked: { S: 'no' } }));
    await expect(result).rejects.toEqual(REFUSAL);
    expect(warn.mock.calls).toEqual([[expect.any(String), { tokenId: 'id-1', malformed: ['expiresAt', 'revoked'] }]]);
  });

  const ANOTHER = 'DynamoDB answered with another token';
  it.each<[string, Partial<GetItemCommandOutput>, string]>([
    ['the row of another token', { Item: { tokenHash: { S: hashToken('other') } } }, ANOTHER],
    ['a row without its key', { Item: {} }, ANOTHER],
    ['a row with a key of another type', { Item: { tokenHash: { N: '1' } } }, ANOTHER],
    ['null as row', { Item: null as never }, 'DynamoDB answered with another token'],
    ['no consumed capacity', { ConsumedCapacity: undefined }, 'DynamoDB returned an incomplete response'],
  ])('throws UnavailableError for a response with %s', async (_, output, message) => {
    await expect(verify(output).result).rejects.toEqual(new UnavailableError(message));
  });

  it('accepts a response with only the row', async () => {
    await expect(verify({ ...row({}), ConsumedCapacity: undefined }).result).resolves.toEqual({ tokenId: undefined });
  });

  it.each([
    ['revoked', { revoked: { BOOL: true } }],
    ['expired', { expiresAt: { N: '1' } }],
    ['malformed row', { label: { N: '1' } }],
  ])('notes the reason and the id of a refused token: %s', async (reason, attributes) => {
    const { result } = verify(row({ tokenId: { S: 'id-1' }, ...attributes }));
    await expect(result).rejects.toMatchObject({ refusal: 'invalid-token', note: { reason, tokenId: 'id-1' } });
  });

  it('notes that a token is unknown', async () => {
    await expect(verify({}).result).rejects.toMatchObject({ note: { reason: 'unknown' } });
  });

  it('passes on an error of the read', async () => {
    const failure = new UnavailableError('DynamoDB did not answer');
    const sender = { send: jest.fn().mockRejectedValue(failure) };
    const deps = { sender, table: 'tokens', nowSeconds: NOW, log: { info: jest.fn(), warn: jest.fn() } };
    await expect(verifyToken(HASH, deps)).rejects.toBe(failure);
  });
});
