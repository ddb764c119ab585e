import type { Answer } from '../http/answer';
import type { Request } from '../http/request';
import type { Trace } from '../trace';
import { linkHeader } from './links';
import { type FinishedBody, responseTooLarge } from './listBody';

/** The position of a page in the collection. */
export type Position = {
  readonly number: number;
  readonly limit: number;
  /** The `id` of the page's last instance, a JSON number; undefined on the last page. */
  readonly nextAfter: string | undefined;
  /** The number of instances in the collection; undefined: unknown. */
  readonly total: number | undefined;
};

/** Returns 200 with the list, or 304 if the caller's entity tag matches; RFC 9110 §15.4.5 requires the same headers. */
export function listAnswer(request: Request, body: FinishedBody, position: Position | undefined, trace: Trace): Answer {
  const isKnown = matches(request.headers.get('if-none-match'), body.etag);
  const headers = {
    'cache-control': 'private, no-cache',
    etag: body.etag,
    'server-timing': serverTiming(trace),
    ...(position ? positionHeaders(request, position) : {}),
  };
  if (isKnown) return { status: 304, headers, body: '' };
  const coding: Record<string, string> = body.coding ? { 'content-encoding': body.coding } : {};
  return {
    status: 200,
    headers: { 'content-type': 'application/json', ...coding, ...headers },
    body: body.content,
    tooLarge: responseTooLarge({ total: position?.total }),
  };
}

/** Compares entity tags weakly (RFC 9110 §13.1.2). Malformed tags match nothing. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = etag.slice('W/'.length);
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === opaque);
}

function positionHeaders(request: Request, { number, limit, nextAfter, total }: Position): Record<string, string> {
  return {
    ...(total === undefined ? {} : { 'x-total-count': String(total) }),
    ...linkHeader(request, {
      first: { page: 1 },
      ...(number > 1 ? { prev: { step: -1 } } : {}),
      ...(nextAfter === undefined ? {} : { next: { step: 1, after: nextAfter } }),
      ...(total === undefined ? {} : { last: { page: Math.ceil(total / limit) } }),
    }),
  };
}

const serverTiming = ({ timings }: Trace): string =>
  [...timings].map(([step, ms]) => `${step};dur=${ms.toFixed(1)}`).join(', ');
