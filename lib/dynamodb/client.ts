import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

const MAX_SOCKETS = 1_000;

/**
 * Creates the functions' DynamoDB client. Region, endpoint and credentials come from the environment, as the SDK finds them.
 *
 * In the deployed bundle, `leanClient.ts` replaces `@aws-sdk/client-dynamodb` (infra/build/bundle.ts); everywhere else
 * (tests, tools) it is the SDK itself.
 *
 * The SDK has no request timeout by default, and a retry mode that changes between versions. Three attempts of at most
 * 3 s each, after up to 3 s over a connection that has died, fit into the 15 s of a request. DynamoDB answers in some
 * 10 ms.
 *
 * Lambda gives a process one request at a time. The local server gives it hundreds; there are enough sockets, so that
 * the wait for one is not mistaken for an outage.
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
