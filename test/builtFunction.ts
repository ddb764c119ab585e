import { join } from 'node:path';
import { createLambda } from '../infra/local/lambda';

export type BuiltFunction = {
  /** @param remainingMs the initial value of `getRemainingTimeInMillis`; the invocation fails after it */
  readonly invoke: (event: unknown, remainingMs?: number) => Promise<unknown>;
  /** Returns the log, one object per line. */
  readonly logged: () => Record<string, unknown>[];
  readonly stop: () => Promise<void>;
};

/** Loads `dist/<name>.js` in a new thread with only this environment. */
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
