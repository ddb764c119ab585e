import { RefusedError } from '../errors';
import { parseRoute } from './route';

describe('parseRoute', () => {
  it.each([
    '/backend/lambda-instances',
    '/backend/lambda-instances/',
    '/v1/backend/lambda-instances',
    '/prod/orders/v2/backend/lambda-instances/',
    '/backend/backend/lambda-instances',
    '/backend/lambda-instances/backend/lambda-instances',
  ])('accepts the path %s', (path) => {
    expect(parseRoute({ method: 'GET', path })).toBe('GET');
  });

  it.each([
    '/',
    '/backend',
    '/backend/lambda-instance',
    '/backend/lambda-instances//',
    '/backend/lambda-instances/1',
    '/backend/lambda-instancesx',
    '/xbackend/lambda-instances',
    '/backend//lambda-instances',
    '/Backend/lambda-instances',
    '/backend/lambda-instances?limit=1',
    '/backend/lambda%2Dinstances',
    'backend/lambda-instances',
    '/v1/',
  ])('refuses the path %s', (path) => {
    expect(() => parseRoute({ method: 'GET', path })).toThrow(
      expect.objectContaining({ refusal: 'not-found', message: 'This API answers at /backend/lambda-instances only' }),
    );
  });

  it.each(['GET', 'HEAD', 'OPTIONS'])('returns the method %s', (method) => {
    expect(parseRoute({ method, path: '/backend/lambda-instances' })).toBe(method);
  });

  it.each(['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'CONNECT', 'get', 'PROPFIND', 'toString'])(
    'refuses the method %s',
    (method) => {
      expect(() => parseRoute({ method, path: '/backend/lambda-instances' })).toThrow(
        expect.objectContaining({ refusal: 'method-not-allowed', message: 'Use one of GET, HEAD, OPTIONS' }),
      );
    },
  );

  it('checks the path before the method', () => {
    expect(() => parseRoute({ method: 'POST', path: '/x' })).toThrow(RefusedError);
    expect(() => parseRoute({ method: 'POST', path: '/x' })).toThrow(expect.objectContaining({ refusal: 'not-found' }));
  });
});
