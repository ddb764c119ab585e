import { RefusedError, UnavailableError } from './errors';

it.each([
  ['RefusedError', () => new RefusedError('not-found', 'x')],
  ['UnavailableError', () => new UnavailableError('x')],
])('the log shows that an error is a %s', (name, create) => {
  const error = create();
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe(name);
});
