/**
 * Replaces @aws-sdk/client-dynamodb in the Lambda bundle: the same commands, responses and errors, with the SDK's own
 * signer. Omits the rest of the SDK's client (schemas, middleware, configuration files, endpoint rules), which takes a
 * third of a cold start and is unused here. leanClient.test.ts compares both clients.
 *
 * Deliberate differences: binary attributes stay base64 strings, since the functions read none; clock skew is not
 * corrected, since Lambda's clock is right; and retries have no quota (docs/decisions.md), so that a single failure is
 * always retried.
 */
import type { AgentOptions } from 'node:https';
import type {
  DeleteItemCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  ScanCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { Hash } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import { type Answer, createExchange, type Exchange } from './exchange';
import { isThrottling, isTransient } from './outage';

abstract class Command<Input extends object> {
  abstract readonly operation: string;
  constructor(readonly input: Input) {}
}
export class GetItemCommand extends Command<GetItemCommandInput> {
  readonly operation = 'GetItem';
}
export class PutItemCommand extends Command<PutItemCommandInput> {
  readonly operation = 'PutItem';
}
export class UpdateItemCommand extends Command<UpdateItemCommandInput> {
  readonly operation = 'UpdateItem';
}
export class DeleteItemCommand extends Command<DeleteItemCommandInput> {
  readonly operation = 'DeleteItem';
}
export class QueryCommand extends Command<QueryCommandInput> {
  readonly operation = 'Query';
}
export class ScanCommand extends Command<ScanCommandInput> {
  readonly operation = 'Scan';
}

/** The SDK settings used here. */
type Config = {
  readonly maxAttempts: number;
  readonly requestHandler: { readonly requestTimeout: number; readonly httpsAgent?: AgentOptions };
};

export class DynamoDBClient {
  readonly #maxAttempts: number;
  readonly #endpoint: URL;
  readonly #signer: SignatureV4;
  readonly #exchange: Exchange;

  constructor({ maxAttempts, requestHandler }: Config, exchange?: Exchange) {
    const region = required('AWS_REGION');
    this.#maxAttempts = maxAttempts;
    this.#endpoint = new URL(
      process.env.AWS_ENDPOINT_URL_DYNAMODB || process.env.AWS_ENDPOINT_URL || regionalEndpoint(region),
    );
    this.#signer = new SignatureV4({
      service: 'dynamodb',
      region,
      credentials: async () => credentials(),
      sha256: Hash.bind(null, 'sha256'),
      applyChecksum: false,
    });
    this.#exchange =
      exchange ?? createExchange(this.#endpoint, requestHandler.requestTimeout, requestHandler.httpsAgent);
  }

  async send({ operation, input }: Command<object>, options: { abortSignal?: AbortSignal } = {}): Promise<object> {
    const body = JSON.stringify(input);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#call(operation, body, options.abortSignal);
      } catch (error) {
        if (attempt === this.#maxAttempts || !isTransient(error)) throw error;
        const baseMs = isThrottling(error) ? 1_000 : 25; // both as the SDK's own client has them
        await sleep(Math.random() * baseMs * 2 ** (attempt - 1));
      }
    }
  }

  async #call(operation: string, body: string, signal: AbortSignal | undefined): Promise<object> {
    const { protocol, hostname, host, pathname } = this.#endpoint;
    const { headers } = await this.#signer.sign({
      method: 'POST',
      protocol,
      hostname,
      path: pathname,
      query: {},
      headers: {
        host,
        'content-type': 'application/x-amz-json-1.0',
        'content-length': String(Buffer.byteLength(body)),
        'x-amz-target': `DynamoDB_20120810.${operation}`,
      },
      body,
    });
    return parseOutput(await this.#exchange(headers, body, signal));
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function parseOutput({ status, headers, text }: Answer): object {
  const $metadata = { httpStatusCode: status, requestId: headers['x-amzn-requestid'] };
  try {
    const output = { ...(text === '' ? {} : JSON.parse(text)), $metadata };
    if (status < 300) return output;
    const name = String(output.__type ?? 'Unknown').replace(/^.*#/, '');
    throw Object.assign(new Error(output.message ?? output.Message ?? 'UnknownError'), { name });
  } catch (error) {
    throw Object.assign(error as Error, { $metadata, $response: { statusCode: status } });
  }
}

/** @throws Error if the environment requests a FIPS or dual-stack endpoint, whose names follow other rules */
export function regionalEndpoint(region: string): string {
  if (process.env.AWS_USE_FIPS_ENDPOINT === 'true' || process.env.AWS_USE_DUALSTACK_ENDPOINT === 'true') {
    throw new Error('set AWS_ENDPOINT_URL_DYNAMODB to the FIPS or dual-stack endpoint');
  }
  const [, suffix = 'amazonaws.com'] = DNS_SUFFIXES.find(([prefix]) => region.startsWith(prefix)) ?? [];
  return `https://dynamodb.${region}.${suffix}`;
}

/** The DNS suffixes of other AWS partitions, by the prefix of their regions. */
const DNS_SUFFIXES: readonly (readonly [prefix: string, suffix: string])[] = [
  ['cn-', 'amazonaws.com.cn'],
  ['eusc-', 'amazonaws.eu'],
  ['us-iso-', 'c2s.ic.gov'],
  ['us-isob-', 'sc2s.sgov.gov'],
  ['us-isof-', 'csp.hci.ic.gov'],
  ['eu-isoe-', 'cloud.adc-e.uk'],
];

const credentials = () => ({
  accessKeyId: required('AWS_ACCESS_KEY_ID'),
  secretAccessKey: required('AWS_SECRET_ACCESS_KEY'),
  ...(process.env.AWS_SESSION_TOKEN ? { sessionToken: process.env.AWS_SESSION_TOKEN } : {}),
});

function required(variable: string): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set`);
  return value;
}
