import { isAws } from './database';

it.each([
  ['https://dynamodb.eu-central-1.amazonaws.com', true],
  ['https://dynamodb.cn-north-1.amazonaws.com.cn', true],
  ['https://123456789012.ddb.eu-central-1.amazonaws.com', true],
  ['https://dynamodb.eu-central-1.api.aws', true],
  ['http://localhost:8000', false],
  ['http://127.0.0.1:8000', false],
  ['http://amazonaws.com.example.org', false],
])('takes %s for AWS: %s', (endpoint, expected) => {
  expect(isAws(endpoint)).toBe(expected);
});
