import { EVENT_FORMATS } from '../../test/events';
import { parseEvent } from '../http/request';
import { createTrace } from '../trace';
import { listAnswer } from './listAnswer';
import { responseTooLarge } from './listBody';

const ETAG = 'W/"abc"';
const BODY = { content: '{"data":[1]}', coding: undefined, etag: ETAG };
const URL_PREFIX = 'https://abc123.execute-api.eu-central-1.amazonaws.com/backend/lambda-instances';

const trace = createTrace();
trace.timings.set('token', 3.06).set('page', 10);

const HEADERS = { 'cache-control': 'private, no-cache', etag: ETAG, 'server-timing': 'token;dur=3.1, page;dur=10.0' };

function answer(
  position?: Parameters<typeof listAnswer>[2],
  headers = {},
  body: Parameters<typeof listAnswer>[1] = BODY,
) {
  const query = position ? `limit=${position.limit}&page=${position.number}` : '';
  const request = parseEvent(EVENT_FORMATS[0]?.toEvent({ query, headers }));
  if (!request) throw new Error('unknown event');
  return listAnswer(request, body, position, trace);
}

const link = (limit: number, relations: Record<string, number>) =>
  Object.entries(relations)
    .map(([relation, page]) => {
      const after = relation === 'next' ? '&after=7' : '';
      return `<${URL_PREFIX}?limit=${limit}&page=${page}${after}>; rel="${relation}"`;
    })
    .join(', ');

describe('listAnswer', () => {
  it('returns 200 with the list', () => {
    expect(answer()).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json', ...HEADERS },
      body: BODY.content,
      tooLarge: responseTooLarge(),
    });
    expect(answer({ number: 1, limit: 5, nextAfter: undefined, total: 5 }).tooLarge).toEqual(
      responseTooLarge({ total: 5 }),
    );
  });

  it('names the coding of a compressed body', () => {
    const bytes = Buffer.from('x');
    expect(answer(undefined, {}, { content: bytes, coding: 'br', etag: ETAG })).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json', 'content-encoding': 'br', ...HEADERS },
      body: bytes,
      tooLarge: responseTooLarge(),
    });
  });

  it.each([
    ['the only page', { number: 1, limit: 5, nextAfter: undefined, total: 5 }, { first: 1, last: 1 }],
    ['the first page', { number: 1, limit: 2, nextAfter: '7', total: 5 }, { first: 1, next: 2, last: 3 }],
    ['a middle page', { number: 2, limit: 2, nextAfter: '7', total: 5 }, { first: 1, prev: 1, next: 3, last: 3 }],
    ['the last page', { number: 3, limit: 2, nextAfter: undefined, total: 5 }, { first: 1, prev: 2, last: 3 }],
    [
      'a page of a list of unknown size',
      { number: 2, limit: 2, nextAfter: '7', total: undefined },
      { first: 1, prev: 1, next: 3 },
    ],
  ])('links from %s', (_, position, relations) => {
    const { 'x-total-count': total, link: links } = answer(position).headers;
    expect(links).toBe(link(position.limit, relations));
    expect(total).toBe(position.total === undefined ? undefined : String(position.total));
  });

  it.each(['W/"abc"', '"abc"', '*', ' * ', '"x", W/"abc"', 'W/"x","abc" , "y"'])(
    'returns 304 for If-None-Match: %s, with the headers of 200 except content headers',
    (header) => {
      const position = { number: 1, limit: 2, nextAfter: '7', total: 5 };
      const { 'content-type': _, ...headers } = answer(position).headers;
      expect(answer(position, { 'If-None-Match': header })).toEqual({ status: 304, headers, body: '' });
    },
  );

  it.each(['', '"x"', 'abc', 'W/abc', '"ABC"', 'w/"abc"', '"abc"x', '"abc" "def"', '"aW/bc"', '**', 'W/W/"abc"', 'x*'])(
    'returns 200 for If-None-Match: %j',
    (header) => expect(answer(undefined, { 'If-None-Match': header })).toEqual(answer()),
  );
});
