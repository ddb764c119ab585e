import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

const MAX_SOCKETS = 1_000;

/**
 * Creates the functions' DynamoDB client. Region, endpoint and credentials come from the environment, as the SDK finds them.
 *
 * In the deployed bundle, `leanClient.ts` replaces `@aws-sdk/client-dynamodb` (infra/build/bundle.ts); everywhere else
 * (tests, tools) it is the SDK itself.
 *
 * The SDK's default is no request timeout, and its default retry mode changes between versions. Three attempts of at
 * most 3 s each, after up to 3 s over a dead connection, fit into the 15 s of a request. DynamoDB answers in some 10 ms.
 *
 * Lambda gives a process one request at a time, the local server hundreds: enough sockets keep the wait for one from
 * being mistaken for an outage.
 */
export function createClient(): DynamoDBClient {
  return new DynamoDBClient({
    maxAttempts: 3,
    retryMode: 'standard',
    requestHandler: {
      connectionTimeout: 3_000,
      requestTimeout: 3_000, // until the response begins
      socketTimeout: 3_000, // between bytes of the response
      throwOnRequestTimeout: true,
      httpAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
      httpsAgent: { keepAlive: true, maxSockets: MAX_SOCKETS },
    },
  });
}
