import { join } from 'node:path';
import { createLambda } from '../infra/local/lambda';

export type BuiltFunction = {
  /** @param remainingMs what `getRemainingTimeInMillis` begins with; after it the invocation has failed */
  readonly invoke: (event: unknown, remainingMs?: number) => Promise<unknown>;
  /** What it has logged, a line an object. */
  readonly logged: () => Record<string, unknown>[];
  readonly stop: () => Promise<void>;
};

/** `dist/<name>.js`, loaded afresh in a thread with this environment and no other. */
export function loadFunction(name: string, environment: NodeJS.ProcessEnv): BuiltFunction {
  let output = '';
  const lambda = createLambda(join(__dirname, '../dist', `${name}.js`), {
    environment,
    timeoutMs: 20_000,
    log: (text) => {
      output += text;
    },
  });
  return {
    invoke: lambda.invoke,
    logged: () => output.split('\n').flatMap((line) => (line ? [JSON.parse(line)] : [])),
    stop: lambda.stop,
  };
}
