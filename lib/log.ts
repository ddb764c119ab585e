const LEVELS = ['info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LEVELS)[number];
export const isLogLevel = (text: string): text is LogLevel => (LEVELS as readonly string[]).includes(text);

type Fields = Readonly<Record<string, unknown>>;
type Write = (message: string, fields?: Fields) => void;

export type Log = Readonly<Record<'info' | 'warn' | 'error', Write>> & {
  /** Writes an `info` line with metrics in CloudWatch's embedded format; at higher levels, only the metrics. */
  readonly metrics: (message: string, fields: Fields, metrics: Fields) => void;
  /** Returns a log that adds these fields to every line. */
  readonly with: (fields: Fields) => Log;
};

/** Creates a log that writes one JSON object per line; an `Error` becomes its name, message, code, cause and stack. */
export function createLog(level: LogLevel, write: (line: string) => void = writeToStdout, common: Fields = {}): Log {
  const isOn = (own: LogLevel): boolean => LEVELS.indexOf(own) >= LEVELS.indexOf(level);
  const line = (own: LogLevel, message: string, fields: Fields): void =>
    write(toJson({ time: new Date().toISOString(), level: own, message, ...common, ...fields }));
  const at =
    (own: LogLevel): Write =>
    (message, fields = {}) => {
      if (isOn(own)) line(own, message, fields);
    };
  return {
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    metrics: (message, fields, metrics) => {
      const isWritten = isOn('info') || Object.keys(metrics).length > 0;
      if (isWritten && level !== 'silent') line('info', message, { ...(isOn('info') ? fields : {}), ...metrics });
    },
    with: (fields) => createLog(level, write, { ...common, ...fields }),
  };
}

/** Not console.log: Lambda's runtime adds a prefix, after which CloudWatch finds no metrics. */
function writeToStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Never throws: a field that JSON cannot hold must not fail the request. */
function toJson({ time, level, message, ...fields }: Fields): string {
  try {
    return JSON.stringify({ time, level, message, ...fields }, describeError);
  } catch (error) {
    return JSON.stringify({ time, level, message, unwritable: String(error) });
  }
}

function describeError(_key: string, value: unknown): unknown {
  if (!(value instanceof Error)) return value;
  const { name, message, stack, cause } = value;
  return { name, message, code: (value as { code?: unknown }).code, cause, stack };
}
