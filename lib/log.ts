const LEVELS = ['info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof LEVELS)[number];
export const isLogLevel = (text: string): text is LogLevel => (LEVELS as readonly string[]).includes(text);

type Fields = Readonly<Record<string, unknown>>;
type Write = (message: string, fields?: Fields) => void;

export type Log = Readonly<Record<'info' | 'warn' | 'error', Write>> & {
  /** A line of the level `info` with metrics in CloudWatch's embedded format, which alone are written at higher levels. */
  readonly metrics: (message: string, fields: Fields, metrics: Fields) => void;
  /** The same log, with these fields on every line. */
  readonly with: (fields: Fields) => Log;
};

/** One JSON object a line; an `Error` among the fields becomes its name, message, code, cause and stack. */
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

/** Not console.log: Lambda's runtime would put text before the JSON, and CloudWatch would find no metrics in it. */
function writeToStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** A line is written whatever is in it: whoever logs is mostly in trouble already. */
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
