import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

const MAX_SOCKETS = 1_000;

/**
 * The DynamoDB client of the functions. Region, endpoint and credentials come from the environment, as the SDK finds them.
 *
 * In the deployed bundle, `@aws-sdk/client-dynamodb` is replaced by `leanClient.ts` (infra/build/bundle.ts); everywhere
 * else (tests, tools) it is the SDK itself.
 *
 * The SDK's own defaults are no request timeout at all and a retry mode that changes between versions. Here three
 * attempts of at most 3 s each fit into the time that a request has; a call that DynamoDB answers takes some 10 ms.
 *
 * Lambda gives a process one request at a time. Whoever gives it hundreds, as the local server does, must not see the
 * wait for a socket taken for an outage: so there are enough of them.
 */
export function createClient(): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: 3,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: 3_000, // until the answer begins
      socketTimeout: 3_000, // without a byte while it arrives
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    },
  });
}
