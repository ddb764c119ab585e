import { parseConfig, parseLogLevel, parseMaintenanceConfig } from './config';

const TABLES = { TOKENS_TABLE: 'tokens', INSTANCES_TABLE: 'instances' };

describe('parseConfig', () => {
  it('requires only the names of two tables', () => {
    expect(parseConfig(TABLES)).toEqual({
      tokensTable: 'tokens',
      instancesTable: 'instances',
      pageIndexTable: undefined,
      publicBaseUrl: undefined,
      corsOrigins: [],
      compressRestResponses: false,
      readConcurrency: 4,
    });
  });

  it.each(['TOKENS_TABLE', 'INSTANCES_TABLE'])('throws if %s is missing or empty', (name) => {
    expect(() => parseConfig({ ...TABLES, [name]: undefined })).toThrow(`${name} is not set`);
    expect(() => parseConfig({ ...TABLES, [name]: '' })).toThrow(`${name} is not set`);
  });

  it('has no page index if its table has no name', () => {
    expect(parseConfig({ ...TABLES, PAGE_INDEX_TABLE: 'index' }).pageIndexTable).toBe('index');
    expect(parseConfig({ ...TABLES, PAGE_INDEX_TABLE: '' }).pageIndexTable).toBeUndefined();
  });

  it.each([
    ['1', 1],
    ['9', 9],
    ['10', 10],
    ['16', 16],
    ['', 4],
  ])('parses the concurrency %j as %d', (text, expected) => {
    expect(parseConfig({ ...TABLES, READ_CONCURRENCY: text }).readConcurrency).toBe(expected);
  });

  it.each(['0', '17', '20', '100', '116', '-1', '1.5', 'all'])('refuses the concurrency %j', (text) => {
    expect(() => parseConfig({ ...TABLES, READ_CONCURRENCY: text })).toThrow('READ_CONCURRENCY');
  });

  it.each([
    ['https://api.example.org', 'https://api.example.org'],
    ['https://api.example.org/', 'https://api.example.org'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['https://API.example.org:443', 'https://api.example.org'],
    ['https://api.example.org/base/', 'https://api.example.org/base'],
    ['https://api.example.org/backend/lambda-instances/v2', 'https://api.example.org/backend/lambda-instances/v2'],
    ['', undefined],
  ])('parses the public base URL %j as %j', (text, origin) => {
    expect(parseConfig({ ...TABLES, PUBLIC_BASE_URL: text }).publicBaseUrl).toBe(origin);
  });

  it.each([
    'https://api.example.org/backend/lambda-instances',
    'https://api.example.org/v1/backend/lambda-instances/',
    'api.example.org',
    'ftp://api.example.org',
    'xhttp://api.example.org/',
    'httpx://api.example.org/',
    'https://',
    'https://x/?a=1',
    'https://x/#a',
    'https://x/v1?',
    'https://x/v1#',
    'https://user@x/v1',
    'https://user:secret@x/v1',
    'https://:secret@x/v1',
    'javascript:1',
    '%',
  ])('refuses the public base URL %j, naming the variable', (text) => {
    expect(() => parseConfig({ ...TABLES, PUBLIC_BASE_URL: text })).toThrow('PUBLIC_BASE_URL');
  });

  it.each([
    [undefined, []],
    ['', []],
    [' , ', []],
    ['https://a.example', ['https://a.example']],
    [' https://a.example , https://b.example,', ['https://a.example', 'https://b.example']],
    ['*', ['*']],
    ['https://A.example:443/', ['https://a.example']],
  ])('parses the CORS origins %j as %j', (text, origins) => {
    expect(parseConfig({ ...TABLES, CORS_ORIGINS: text }).corsOrigins).toEqual(origins);
  });

  it.each([
    'a.example',
    'https://a.example/path',
    'https://a.example/?a',
    'https://user@a.example',
    'httpsx://a.example',
    'https://*.a.example/',
    '**',
    'null',
  ])('refuses the CORS origin %j, naming the variable', (text) => {
    expect(() => parseConfig({ ...TABLES, CORS_ORIGINS: `https://b.example,${text}` })).toThrow('CORS_ORIGINS');
  });

  it.each([
    ['true', true],
    ['false', false],
    ['', false],
  ])('parses COMPRESS_REST_RESPONSES=%j as %j', (text, expected) => {
    expect(parseConfig({ ...TABLES, COMPRESS_REST_RESPONSES: text }).compressRestResponses).toBe(expected);
  });

  it.each(['1', 'TRUE', 'yes', ' true', '0'])('refuses COMPRESS_REST_RESPONSES=%j', (text) => {
    expect(() => parseConfig({ ...TABLES, COMPRESS_REST_RESPONSES: text })).toThrow(
      'COMPRESS_REST_RESPONSES must be true or false',
    );
  });
});

describe('parseLogLevel', () => {
  it.each(['info', 'warn', 'error', 'silent'])('accepts %s', (level) => {
    expect(parseLogLevel({ LOG_LEVEL: level })).toBe(level);
  });

  it.each([{}, { LOG_LEVEL: '' }])('defaults to info', (env) => {
    expect(parseLogLevel(env)).toBe('info');
  });

  it.each(['debug', 'trace', ' info'])('refuses %j, naming the variable', (level) => {
    expect(() => parseLogLevel({ LOG_LEVEL: level })).toThrow('LOG_LEVEL');
  });
});

describe('parseMaintenanceConfig', () => {
  const env = { INSTANCES_TABLE: 'instances', PAGE_INDEX_TABLE: 'index' };

  it('requires both tables', () => {
    expect(parseMaintenanceConfig(env)).toEqual({ instancesTable: 'instances', pageIndexTable: 'index' });
  });

  it.each(['INSTANCES_TABLE', 'PAGE_INDEX_TABLE'])('throws if %s is missing', (name) => {
    expect(() => parseMaintenanceConfig({ ...env, [name]: undefined })).toThrow(`${name} is not set`);
  });
});
