/**
 * Stands for @aws-sdk/client-dynamodb in the Lambda bundle: the same commands, answers and errors, over the SDK's own
 * signer, retry strategy and HTTP handler. What the client has around these (schemas, middleware, configuration files,
 * endpoint rules) is a third of a cold start, and nothing that these functions use. leanClient.test.ts compares the two.
 *
 * Left out for good: binary attributes stay the base64 text that they are on the wire, as the functions read none; and a
 * wrong clock is not corrected for, as Lambda's is right.
 */
import type { Readable } from 'node:stream';
import type {
  DeleteItemCommandInput,
  GetItemCommandInput,
  PutItemCommandInput,
  QueryCommandInput,
  ScanCommandInput,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { isThrottlingError, isTransientError, StandardRetryStrategy } from '@smithy/core/retry';
import { Hash } from '@smithy/core/serde';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { SignatureV4 } from '@smithy/signature-v4';
import type { HttpHandlerOptions, HttpResponse, RetryErrorType, SdkError } from '@smithy/types';

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

type Config = {
  readonly maxAttempts: number;
  readonly retryMode: 'standard';
  readonly requestHandler: Parameters<typeof NodeHttpHandler.create>[0];
};

export class DynamoDBClient {
  readonly #endpoint: URL;
  readonly #signer: SignatureV4;
  readonly #retries: StandardRetryStrategy;
  readonly #http: ReturnType<typeof NodeHttpHandler.create>;

  constructor({ maxAttempts, requestHandler }: Config) {
    const region = required('AWS_REGION');
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
    this.#retries = new StandardRetryStrategy({ maxAttempts, baseDelay: 25 }); // ms, as the SDK's own client has it
    this.#http = NodeHttpHandler.create(requestHandler);
  }

  async send({ operation, input }: Command<object>, options: HttpHandlerOptions = {}): Promise<object> {
    const body = JSON.stringify(input);
    let token = await this.#retries.acquireInitialRetryToken('');
    for (;;) {
      try {
        const output = await this.#call(operation, body, options);
        this.#retries.recordSuccess(token);
        return output;
      } catch (error) {
        const errorType = retryErrorType(error as SdkError);
        const next = await this.#retries.refreshRetryTokenForRetry(token, { errorType }).catch(() => undefined);
        if (!next) throw error;
        token = next; // the strategy has waited already
      }
    }
  }

  async #call(operation: string, body: string, options: HttpHandlerOptions): Promise<object> {
    const { protocol, hostname, port, host, pathname } = this.#endpoint;
    const request = await this.#signer.sign({
      method: 'POST',
      protocol,
      hostname,
      ...(port ? { port: Number(port) } : {}),
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
    const { response } = await this.#http.handle(request as never, options);
    return readOutput(response);
  }
}

async function readOutput(response: HttpResponse): Promise<object> {
  const { statusCode, headers, body } = response;
  const $metadata = { httpStatusCode: statusCode, requestId: headers['x-amzn-requestid'] };
  try {
    const text = await readText(body);
    const output = { ...(text === '' ? {} : JSON.parse(text)), $metadata };
    if (statusCode < 300) return output;
    const name = String(output.__type ?? 'Unknown').replace(/^.*#/, '');
    throw Object.assign(new Error(output.message ?? output.Message ?? 'UnknownError'), { name });
  } catch (error) {
    throw Object.assign(error as Error, { $metadata, $response: response });
  }
}

const readText = (stream: Readable): Promise<string> =>
  new Promise((resolve, reject) => {
    let text = '';
    stream.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    stream.on('end', () => resolve(text)).on('error', reject);
  });

function retryErrorType(error: SdkError): RetryErrorType {
  if (isThrottlingError(error)) return 'THROTTLING';
  return isTransientError(error) ? 'TRANSIENT' : 'CLIENT_ERROR';
}

/** @throws Error if the environment asks for a FIPS or dual-stack endpoint, whose names follow rules of their own */
export function regionalEndpoint(region: string): string {
  if (process.env.AWS_USE_FIPS_ENDPOINT === 'true' || process.env.AWS_USE_DUALSTACK_ENDPOINT === 'true') {
    throw new Error('name the FIPS or dual-stack endpoint by AWS_ENDPOINT_URL_DYNAMODB');
  }
  const [, suffix = 'amazonaws.com'] = DNS_SUFFIXES.find(([prefix]) => region.startsWith(prefix)) ?? [];
  return `https://dynamodb.${region}.${suffix}`;
}

/** Of the partitions that have one of their own, by what their regions begin with. */
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
