import type { Answer } from '../http/answer';
import type { Request } from '../http/request';
import type { Trace } from '../trace';
import { linkHeader } from './links';
import { type FinishedBody, responseTooLarge } from './listBody';

/** Where a page stands in the whole. */
export type Position = {
  readonly number: number;
  readonly limit: number;
  /** The `id` of the page's last instance, a JSON number; undefined where none follows it. */
  readonly nextAfter: string | undefined;
  /** How many instances there are; undefined: unknown. */
  readonly total: number | undefined;
};

/** Returns 200 with the list, or 304 if the caller has it already: RFC 9110 §15.4.5 wants the same headers for both. */
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

/** Weak comparison, as RFC 9110 §13.1.2 asks for; what is no entity tag matches nothing. */
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
      ...(number > 1 ? { prev: { page: number - 1 } } : {}),
      ...(nextAfter === undefined ? {} : { next: { page: number + 1, after: nextAfter } }),
      ...(total === undefined ? {} : { last: { page: Math.ceil(total / limit) } }),
    }),
  };
}

const serverTiming = ({ timings }: Trace): string =>
  [...timings].map(([step, ms]) => `${step};dur=${ms.toFixed(1)}`).join(', ');
