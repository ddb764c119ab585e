import { createHostCheck } from './hosts';

const isAllowed = createHostCheck(['My-Laptop', 'tunnel.example.org']);

it.each([
  'localhost',
  'localhost:3000',
  'LOCALHOST:3000',
  'api.localhost',
  '127.0.0.1:3000',
  '192.168.1.5:8080',
  '[::1]:3000',
  '[fe80::1]',
  'my-laptop:3000',
  'tunnel.example.org',
])('accepts %s', (host) => {
  expect(isAllowed(host)).toBe(true);
});

it.each([
  undefined,
  '',
  'evil.example',
  'evil.example:3000',
  'localhost.evil.example',
  'evillocalhost',
  'localhost.',
  '127.0.0.1.evil.example',
  '127.0.0.1@evil.example',
  'evil.example#localhost',
  'localhost:3000, evil.example',
  'evil.example/localhost',
  '[::1',
  '[localhost]',
  'x.tunnel.example.org',
])('refuses %j', (host) => {
  expect(isAllowed(host)).toBe(false);
});
