import { RefusedError, UnavailableError } from './errors';

it.each([
  ['RefusedError', new RefusedError('not-found', 'x')],
  ['UnavailableError', new UnavailableError('x')],
])('the log shows what kind of error %s is', (name, error) => {
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe(name);
});
