import { DynamoDBClient as SdkClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBClient, GetItemCommand, regionalEndpoint } from './leanClient';

const environment = process.env;
beforeEach(() => {
  const keys = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' };
  process.env = { ...environment, AWS_REGION: 'eu-central-1', ...keys };
});
afterAll(() => {
  process.env = environment;
});

describe('without a configured endpoint', () => {
  it.each([
    'eu-central-1',
    'us-gov-west-1',
    'cn-north-1',
    'eusc-de-east-1',
    'us-iso-east-1',
    'us-isob-east-1',
    'us-isof-south-1',
    'eu-isoe-west-1',
    'xx-somewhere-1',
  ])('uses the SDK’s endpoint for %s', (region) => {
    const { endpointProvider } = new SdkClient({ region }).config;
    expect(new URL(regionalEndpoint(region))).toEqual(endpointProvider({ Region: region }).url);
  });

  it.each(['AWS_USE_FIPS_ENDPOINT', 'AWS_USE_DUALSTACK_ENDPOINT'])('refuses %s', (variable) => {
    process.env[variable] = 'true';
    expect(() => regionalEndpoint('eu-central-1')).toThrow('AWS_ENDPOINT_URL_DYNAMODB');
  });
});

it.each(['AWS_REGION', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])('fails if %s is not set', async (variable) => {
  delete process.env[variable];
  const ask = async () => {
    const client = new DynamoDBClient({ maxAttempts: 1, requestHandler: { requestTimeout: 3_000 } });
    await client.send(new GetItemCommand({ TableName: 'tokens', Key: {} }));
  };
  await expect(ask()).rejects.toThrow(`${variable} is not set`);
});
