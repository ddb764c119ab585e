import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';

/** Invokes a function with an event and returns its response. Rejects if the function throws or times out. */
export type Invoke = (event: unknown) => Promise<unknown>;

/** Invokes functions of AWS Lambda by ARN, with or without a version. */
export function createInvoker(): (arn: string) => Invoke {
  const client = new LambdaClient();
  return (arn) => async (event) => {
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName: arn, Payload: JSON.stringify(event) }),
    );
    const answer: unknown = JSON.parse(Payload?.transformToString() ?? 'null');
    if (FunctionError === undefined) return answer;
    const { errorType, errorMessage } = answer as { errorType?: string; errorMessage?: string };
    throw new Error(`the function failed: ${errorType}: ${errorMessage}`);
  };
}
