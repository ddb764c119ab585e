import { RefusedError, UnavailableError } from './errors';

it.each([
  ['RefusedError', () => new RefusedError('not-found', 'x')],
  ['UnavailableError', () => new UnavailableError('x')],
])('an error’s name is %s', (name, create) => {
  const error = create();
  expect(error).toBeInstanceOf(Error);
  expect(error.name).toBe(name);
});
