import type { Problems } from '../http/problem';
import { METHODS } from './route';

/**
 * The response to each failure; a refusal without one does not compile. Existing clients match the titles of 401 and of
 * the parameters as messages: keep them.
 */
export const PROBLEMS: Problems = {
  typePrefix: 'urn:problem-type:lambda-instances:',
  table: {
    'unknown-event': { status: 400, title: 'Bad request' },
    'not-found': { status: 404, title: 'Not found' },
    'method-not-allowed': { status: 405, title: 'Method not allowed', headers: { allow: METHODS.join(', ') } },
    'invalid-token': {
      status: 401,
      title: 'Invalid token',
      headers: { 'www-authenticate': 'Token realm="lambda-instances"' },
    },
    'missing-parameter': { status: 400, title: 'Missing parameter' },
    'bad-parameter': { status: 400, title: 'Bad parameter' },
    'non-positive-parameter': { status: 400, title: 'Zero or negative indexing not supported' },
    'no-instances': { status: 404, title: 'No lambda instances' },
    'page-out-of-range': { status: 404, title: 'Page out of range' },
    'response-too-large': { status: 400, title: 'Too many lambda instances' },
    unavailable: { status: 503, title: 'Service unavailable', headers: { 'retry-after': '1' } },
    'internal-error': { status: 500, title: 'Internal error' },
  },
  details: {
    unavailable: 'The list cannot be read at the moment; try again',
    'internal-error': 'The list cannot be read; quote the instance of this problem when you report it',
  },
};
