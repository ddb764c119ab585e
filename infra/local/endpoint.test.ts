import { isLoopback, parseEndpoint } from './endpoint';

it.each([
  ['http://localhost:8000', true],
  ['https://LOCALHOST', true],
  ['http://127.0.0.1:8000', true],
  ['http://127.1.2.3', true],
  ['http://0x7f.1:8000', true],
  ['http://[::1]:8000', true],
  ['http://[0:0:0:0:0:0:0:1]:8000', true],
  ['http://localhost.:8000', false],
  ['http://localhost.example.org', false],
  ['http://127.0.0.1.example.org', false],
  ['http://127.0.0.1@example.org', false],
  ['http://0.0.0.0:8000', false],
  ['http://10.0.0.7:8000', false],
  ['http://dynamodb:8000', false],
  ['http://dynamodb.internal', false],
  ['https://dynamodb.eu-central-1.amazonaws.com', false],
  ['https://dynamodb.eu-central-1.amazonaws.com.', false],
  ['https://dynamodb.cn-north-1.amazonaws.com.cn', false],
  ['https://dynamodb.eusc-de-east-1.amazonaws.eu', false],
  ['https://dynamodb.us-iso-east-1.c2s.ic.gov', false],
  ['https://123456789012.ddb.eu-central-1.amazonaws.com', false],
  ['https://dynamodb.eu-central-1.api.aws', false],
])('isLoopback(%j) is %j', (endpoint, expected) => {
  expect(isLoopback(endpoint)).toBe(expected);
});

it.each(['localhost:8000', '127.0.0.1:8000', 'ftp://localhost', '//localhost', 'x'])(
  'refuses the endpoint %j',
  (text) => {
    expect(() => parseEndpoint(text)).toThrow(
      `AWS_ENDPOINT_URL_DYNAMODB must be a URL such as http://localhost:8000, not "${text}"`,
    );
  },
);
