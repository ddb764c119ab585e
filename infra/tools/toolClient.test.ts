import { createToolClient } from './toolClient';

describe("the client's credentials", () => {
  const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };

  it.each([
    [{}, {}],
    [{ AWS_SESSION_TOKEN: '', AWS_ACCOUNT_ID: '' }, {}],
    [
      { AWS_SESSION_TOKEN: 'session', AWS_ACCOUNT_ID: '123456789012' },
      { sessionToken: 'session', accountId: '123456789012' },
    ],
  ])('are the keys in the environment, whatever AWS_PROFILE is, with %j', async (others, expected) => {
    const client = createToolClient({ env: { ...keys, ...others, AWS_PROFILE: 'nope' } });
    const { accessKeyId, secretAccessKey, sessionToken, accountId } = await client.config.credentials();
    expect({ accessKeyId, secretAccessKey, sessionToken, accountId }).toEqual({
      accessKeyId: 'AKIDEXAMPLE',
      secretAccessKey: 'secret',
      ...expected,
    });
  });
});

describe("the client's region", () => {
  it.each([
    [{ AWS_REGION: 'eu-west-1', AWS_DEFAULT_REGION: 'us-east-1' }, 'eu-west-1'],
    [{ AWS_REGION: '', AWS_DEFAULT_REGION: 'us-east-1' }, 'us-east-1'],
  ])('is the first that is set of AWS_REGION and AWS_DEFAULT_REGION: %j', async (env, region) => {
    expect(await createToolClient({ env }).config.region()).toBe(region);
  });
});
