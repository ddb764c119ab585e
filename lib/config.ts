import { isLogLevel, type LogLevel } from './log';

export type Config = {
  readonly tokensTable: string;
  readonly instancesTable: string;
  /** Undefined: pages are found by skipping, and responses carry no total. */
  readonly pageIndexTable: string | undefined;
  /** The base of callers' URLs, e.g. `https://api.example.org/v1`; undefined: taken from the event. */
  readonly publicBaseUrl: string | undefined;
  /** Origins from which browsers may call; `*` allows every origin. */
  readonly corsOrigins: readonly string[];
  /** Whether REST API (payload 1.0) answers may be compressed: only if its binary media types are set. */
  readonly compressRestResponses: boolean;
  /** The number of parts of the whole list read at once. */
  readonly readConcurrency: number;
};

type Environment = Readonly<Record<string, string | undefined>>;

/** Parses the API's environment variables. @throws Error naming a missing or malformed variable */
export function parseConfig(env: Environment): Config {
  return {
    tokensTable: required(env, 'TOKENS_TABLE'),
    instancesTable: required(env, 'INSTANCES_TABLE'),
    pageIndexTable: env.PAGE_INDEX_TABLE || undefined,
    publicBaseUrl: parseBaseUrl(env.PUBLIC_BASE_URL),
    corsOrigins: (env.CORS_ORIGINS ?? '').split(',').flatMap((text) => parseOrigin(text.trim()) ?? []),
    compressRestResponses: parseFlag(env, 'COMPRESS_REST_RESPONSES'),
    readConcurrency: parseConcurrency(env.READ_CONCURRENCY),
  };
}

/** Parses the environment of the functions that maintain the page index. @throws Error naming a missing variable */
export function parseMaintenanceConfig(env: Environment): { instancesTable: string; pageIndexTable: string } {
  return { instancesTable: required(env, 'INSTANCES_TABLE'), pageIndexTable: required(env, 'PAGE_INDEX_TABLE') };
}

export function parseLogLevel(env: Environment): LogLevel {
  const level = (env.LOG_LEVEL || 'info').toLowerCase();
  if (!isLogLevel(level)) throw new Error('LOG_LEVEL must be info, warn, error or silent');
  return level;
}

export function required(env: Environment, name: string): string {
  const value = env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

function parseFlag(env: Environment, name: string): boolean {
  const value = env[name] || 'false';
  if (value !== 'true' && value !== 'false') throw new Error(`${name} must be true or false`);
  return value === 'true';
}

function parseConcurrency(text: string | undefined): number {
  if (!text) return DEFAULT_CONCURRENCY;
  if (!/^([1-9]|1[0-6])$/.test(text)) throw new Error('READ_CONCURRENCY must be a number from 1 to 16');
  return Number(text);
}

const DEFAULT_CONCURRENCY = 4; // docs/performance.md: more gains little and soon exceeds the limit of one partition key

function parseBaseUrl(text: string | undefined): string | undefined {
  const url = text ? parseHttpUrl(text) : undefined;
  if (text && (!url || url.href !== url.origin + url.pathname || /\/backend\/lambda-instances\/?$/.test(url.pathname)))
    throw new Error('PUBLIC_BASE_URL must be a base URL such as https://api.example.org/v1');
  return url && `${url.origin}${url.pathname.replace(/\/$/, '')}`;
}

function parseOrigin(text: string): string | undefined {
  if (text === '' || text === '*') return text || undefined;
  const url = parseHttpUrl(text);
  if (url?.href !== `${url?.origin}/` || text.includes('*'))
    throw new Error('CORS_ORIGINS must be * or origins such as https://app.example.org');
  return url.origin;
}

function parseHttpUrl(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url && ['http:', 'https:'].includes(url.protocol) ? url : undefined;
}
