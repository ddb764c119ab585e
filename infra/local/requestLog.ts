/** Prints requests of the local server: as the function's own JSON lines, or as a readable line for each request. */
import { join } from 'node:path';
import { styleText } from 'node:util';
import { printable } from '../tools/printable';

type AnsweredRequest = {
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  readonly status: number;
  /** Absent if the request was refused before it was read. */
  readonly durationMs?: number;
  /** The id in the function's log lines; absent if no function was called. */
  readonly requestId?: string;
  /** The reason if the request failed outside the function's code, or did not reach it. */
  readonly failure?: unknown;
};

export type RequestLog = {
  /** Announces that a function is about to be called for a request. */
  readonly started: (requestId: string) => void;
  /** Receives a function's output to stdout, in complete lines. */
  readonly write: (text: string) => void;
  readonly answered: (request: AnsweredRequest) => void;
};

/** Prints the function's lines as in CloudWatch. Failures outside its code go to stderr. */
export function jsonLog(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream): RequestLog {
  return {
    started: () => {},
    write: (text) => stdout.write(text),
    answered: ({ failure }) => {
      if (failure !== undefined) stderr.write(`${describe(failure)}\n`);
    },
  };
}

type Line = Readonly<Record<string, unknown>> & { readonly level: string; readonly message: string };

/**
 * Prints one line for each request, and the function's other lines of that request below it:
 * `GET /backend/lambda-instances?limit=2 200 5 ms · 3 reads · 2.5 RU`.
 *
 * @param isQuiet leaves out requests with nothing below their line
 */
export function readableLog(out: NodeJS.WritableStream, { colors = false, isQuiet = false } = {}): RequestLog {
  const underWay = new Map<string, Line[]>();
  const style = (format: Parameters<typeof styleText>[0], text: string) =>
    colors ? styleText(format, text, { validateStream: false }) : text;
  const print = (text: string) => out.write(`${text}\n`);

  const printRequest = ({ method, target, status, durationMs }: AnsweredRequest, cost: Line | undefined) => {
    const code = style(status < 400 ? 'green' : status < 500 ? 'yellow' : 'red', String(status));
    const figures = [...milliseconds(durationMs), ...reads(cost)].join(' · ');
    print(`${printable(`${method} ${target}`)} ${code} ${style('dim', figures)}`.trimEnd());
  };
  const printLine = (line: Line) => {
    const { time: _time, level, message, requestId: _id, error, ...fields } = line;
    if (message === 'request') return printRequest(ofLine(line), line);
    const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${JSON.stringify(value)}`);
    print(style(level === 'error' ? 'red' : 'yellow', printable(`  ${level}: ${message}${rest.join('')}`)));
    if (error !== undefined) print(indented(describe(error), '    '));
  };

  return {
    started: (requestId) => underWay.set(requestId, []),
    write: (text) => {
      for (const raw of text.split('\n').filter(Boolean)) {
        const line = parseLine(raw);
        if (line) (underWay.get(String(line.requestId)) ?? { push: printLine }).push(line);
        else print(printable(raw));
      }
    },
    answered: (request) => {
      const lines = underWay.get(request.requestId ?? '') ?? [];
      underWay.delete(request.requestId ?? '');
      const others = lines.filter(({ message }) => message !== 'request');
      if (isQuiet && others.length === 0 && request.failure === undefined) return;
      printRequest(
        request,
        lines.find(({ message }) => message === 'request'),
      );
      for (const line of others) printLine(line);
      if (request.failure !== undefined) print(indented(describe(request.failure), '  '));
    },
  };
}

const ofLine = ({ method, path, status, durationMs }: Line): AnsweredRequest => ({
  method: String(method ?? ''),
  target: String(path ?? ''),
  status: Number(status),
  durationMs: Number(durationMs),
});

function parseLine(text: string): Line | undefined {
  try {
    const line = JSON.parse(text);
    return typeof line?.level === 'string' && typeof line.message === 'string' ? line : undefined;
  } catch {
    return undefined; // a developer's debugging output
  }
}

const milliseconds = (ms?: number): string[] =>
  ms === undefined ? [] : [`${ms < 1 ? ms.toFixed(1) : Math.round(ms)} ms`];

function reads(line: Line | undefined): string[] {
  if (!line?.calls) return [];
  return [`${line.calls} read${line.calls === 1 ? '' : 's'}`, `${line.readUnits} RU`];
}

/** Returns an error's stack and its cause's, with paths relative to the project; errors from log lines are plain objects. */
function describe(error: unknown): string {
  const { stack, message, cause } = (error ?? {}) as { stack?: string; message?: string; cause?: unknown };
  const text = (stack ?? message ?? String(error)).replaceAll(`${root}/`, '');
  return cause === undefined || cause === null ? text : `${text}\ncaused by ${describe(cause)}`;
}

const root = join(__dirname, '../..');

/** Indents a text, and escapes control characters: callers choose targets, and other systems choose names in tables. */
const indented = (text: string, indent: string): string =>
  text
    .split('\n')
    .map((line) => indent + printable(line))
    .join('\n');
