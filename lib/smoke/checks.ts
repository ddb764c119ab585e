/** The API's contract as visible to a read-only caller: one check per promise. */
import { TOKEN_HEADERS } from '../tokens/credential';
import { createToken } from '../tokens/token';
import { authorization, type Subject } from './call';
import { type Differences, expectEqual, expectHeaders, expectList, expectProblem, expectStatus } from './expectation';
import { checkPages } from './pages';

type Check = (subject: Subject, differences: Differences) => Promise<void>;

/** By promise. */
const CHECKS: Readonly<Record<string, Check>> = {
  'requests without a valid token are refused': async ({ call }, differences) => {
    const unauthorized = { status: 401, problem: 'invalid-token', title: 'Invalid token' };
    const requests = {
      'no token': {},
      'an unknown token': { headers: { authorization: `Token ${createToken()}` } }, // well-formed, so that it is looked up
      'an unknown token and bad parameters': { headers: { 'x-api-key': createToken() }, query: 'limit=x' },
    };
    for (const [about, request] of Object.entries(requests)) {
      const reply = await call(request);
      expectProblem(differences, about, reply, unauthorized, {
        'www-authenticate': /^Token realm="lambda-instances"$/,
      });
    }
  },

  'each token header is accepted': async ({ call, token }, differences) => {
    for (const name of TOKEN_HEADERS) {
      const value = name === 'X-Api-Key' ? token : `Token ${token}`;
      const reply = await call({ headers: { [name.toLowerCase()]: value }, query: 'limit=1&page=1' });
      expectList(differences, name, reply);
    }
  },

  'the whole list is returned, or refused as too large': async ({ call, token }, differences) => {
    const reply = await call({ headers: authorization(token) });
    if (reply.status === 400) {
      const tooLarge = { status: 400, problem: 'response-too-large', title: 'Too many lambda instances' };
      expectProblem(differences, 'everything', reply, tooLarge);
    } else expectList(differences, 'everything', reply);
  },

  'invalid parameters are refused': async ({ call, token }, differences) => {
    const refusals: [query: string, problem: string, title: string][] = [
      ['limit=1', 'missing-parameter', 'Missing parameter'],
      ['page=1', 'missing-parameter', 'Missing parameter'],
      ['limit=1&page=x', 'bad-parameter', 'Bad parameter'],
      ['limit=1.0&page=1', 'bad-parameter', 'Bad parameter'],
      ['limit=1&limit=1&page=1', 'bad-parameter', 'Bad parameter'],
      ['limit=0&page=1', 'non-positive-parameter', 'Zero or negative indexing not supported'],
      ['limit=1&page=-1', 'non-positive-parameter', 'Zero or negative indexing not supported'],
    ];
    for (const [query, problem, title] of refusals) {
      const reply = await call({ headers: authorization(token), query });
      expectProblem(differences, `?${query}`, reply, { status: 400, problem, title });
    }
  },

  'pages add up to the list': checkPages,

  'a trailing slash changes nothing': async ({ call, token }, differences) => {
    const reply = await call({ headers: authorization(token), query: 'limit=1&page=1', suffix: '/' });
    expectList(differences, 'with the slash', reply);
  },

  'unknown paths are not found, with or without a token': async ({ call, token }, differences) => {
    for (const headers of [{}, authorization(token)]) {
      const reply = await call({ suffix: '/1', headers });
      expectProblem(differences, 'another path', reply, { status: 404, problem: 'not-found', title: 'Not found' });
    }
  },

  'an unchanged list is answered with 304': async ({ call, token }, differences) => {
    const request = { headers: authorization(token), query: 'limit=1&page=1' };
    const list = await call(request);
    expectList(differences, 'the list', list);
    const etag = list.headers.get('etag');
    if (etag === undefined) return; // empty list
    const reply = await call({ ...request, headers: { ...request.headers, 'if-none-match': etag } });
    if (!expectStatus(differences, 'If-None-Match', reply, 304)) return;
    expectEqual(differences, 'If-None-Match: etag', reply.headers.get('etag'), etag);
    expectEqual(differences, 'If-None-Match: the body', reply.body, '');
  },

  'HEAD, OPTIONS and other methods are answered': async ({ call, token }, differences) => {
    const query = 'limit=1&page=1';
    const get = await call({ headers: authorization(token), query });
    const head = await call({ method: 'HEAD', headers: authorization(token), query });
    expectStatus(differences, 'HEAD', head, get.status);
    for (const name of ['content-type', 'cache-control', 'etag', 'link']) {
      expectEqual(differences, `HEAD: ${name}`, head.headers.get(name), get.headers.get(name));
    }
    expectEqual(differences, 'HEAD: the body', head.body, '');
    const allow = { allow: /^GET, HEAD, OPTIONS$/ };
    const options = await call({ method: 'OPTIONS' });
    if (expectStatus(differences, 'OPTIONS', options, 204)) expectHeaders(differences, 'OPTIONS', options, allow);
    const post = await call({ method: 'POST' }); // without a token: anything else that answers here would refuse it
    const notAllowed = { status: 405, problem: 'method-not-allowed', title: 'Method not allowed' };
    expectProblem(differences, 'POST', post, notAllowed, allow);
  },
};

/** The differences between a promise and the API; empty if it is kept. */
export type Finding = { readonly promise: string; readonly differences: Differences };

/** Checks each promise in turn. A request without a response is a difference too. */
export async function* runChecks(subject: Subject): AsyncGenerator<Finding, void> {
  for (const [promise, check] of Object.entries(CHECKS)) {
    const differences: Differences = [];
    await check(subject, differences).catch((error: unknown) => differences.push(`no answer: ${reasonOf(error)}`));
    yield { promise, differences };
  }
}

/** Returns the reason for a failed request: the cause of `fetch`'s generic error. */
export function reasonOf(error: unknown): string {
  const { message, cause, errors, reason } = error as AggregateError & { readonly reason?: unknown };
  if (cause !== undefined) return reasonOf(cause);
  if (typeof reason === 'string') return `TLS: ${reason}`; // OpenSSL's message is a line of its error queue
  return errors === undefined ? message : [...new Set(errors.map(reasonOf))].join(', '); // one per address of the host
}
