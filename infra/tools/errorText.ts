/** Errors as one line for an operator. */
import { types } from 'node:util';
import { UnavailableError } from '../../lib/errors';
import { InterruptedError } from './interruption';
import { printable } from './printable';
import { describeTable } from './target';
import { findEndpoint, findFailedCall } from './toolClient';
import { ToolError } from './toolError';

/** Describes an error like `describe`; adds account, region and stage if it concerns a whole table or endpoint. */
export async function explain(error: unknown): Promise<string> {
  if (error instanceof UnavailableError && error.cause) return explain(error.cause);
  const call = findFailedCall(error);
  if (!call || !types.isNativeError(error)) return describe(error);
  const { client, table } = call;
  if (error.name === 'ResourceNotFoundException' && table) {
    return `ResourceNotFoundException: there is no ${await describeTable(client, table)}`;
  }
  const place = (await findEndpoint(client))?.origin ?? `region ${await client.config.region().catch(() => 'unknown')}`;
  if (isUnreachable(error)) return `DynamoDB (${place}) cannot be reached: ${describe(error)}`;
  const status = statusOf(error);
  if (status !== undefined && !isDynamoDbError(error)) {
    return `the server at ${place} is not DynamoDB (HTTP status ${status}): check AWS_ENDPOINT_URL_DYNAMODB and proxies`;
  }
  return describe(error);
}

/** Creates the error of a command that ended early, with a summary of what is done and how to continue. */
export async function endedEarly(cause: unknown, summary: string): Promise<ToolError> {
  if (cause instanceof InterruptedError) return new InterruptedError(cause.signal, summary);
  return new ToolError(`${await explain(cause)}; ${summary}`, { cause });
}

/** Returns an error's message, preceded by the name of a DynamoDB error: `ValidationException: …`. */
export function describe(error: unknown): string {
  if (!types.isNativeError(error)) return printable(String(error));
  const hint = HINTS.find(([pattern]) => pattern.test(`${error.name}: ${error.message}`))?.[1];
  if (hint) return hint;
  const name = isDynamoDbError(error) ? `${error.name}: ` : '';
  const message = error instanceof AggregateError ? [...new Set(error.errors.map(describe))].join('; ') : error.message;
  return printable(`${name}${message || error.name}`.replaceAll(/\s+/g, ' '));
}

const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /^Error: Region (is missing|not accepted: region="")/,
    'no AWS region: set AWS_REGION, or AWS_PROFILE to a profile that has one',
  ],
  [
    /^CredentialsProviderError: Could not load credentials/,
    'no AWS credentials: set AWS_PROFILE to a profile that has some, or sign in with `aws sso login` or `aws configure`',
  ],
];

const isDynamoDbError = ({ name }: Error): boolean => /Exception$/.test(name);

/** Whether there was no response at all. */
function isUnreachable(error: Error): boolean {
  if (statusOf(error) !== undefined || error instanceof ToolError) return false;
  const { code } = error as { code?: unknown };
  return error.name === 'TimeoutError' || (typeof code === 'string' && /^(E[A-Z]+|HPE_|ERR_)/.test(code));
}

function statusOf(error: Error): number | undefined {
  const { $metadata, $response } = error as {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
  };
  return $metadata?.httpStatusCode ?? $response?.statusCode;
}
