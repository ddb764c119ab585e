import type { Trace } from '../trace';
import type { Answer } from './answer';
import { linkHeader } from './links';
import type { FinishedBody } from './listBody';
import type { Request } from './request';

/** Where a list stands in the whole: absent for a list of everything. */
export type Position = {
  readonly page: number;
  readonly hasNext: boolean;
  /** How many there are in all, and how many pages they fill; absent where that is not known. */
  readonly total?: number | undefined;
  readonly lastPage?: number | undefined;
};

/** 200 with the list, or 304 if the caller has it already: RFC 9110 §15.4.5 wants the same headers for both. */
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
  return { status: 200, headers: { 'content-type': 'application/json', ...coding, ...headers }, body: body.content };
}

/** Weak comparison, as RFC 9110 §13.1.2 asks for; what is no entity tag matches nothing. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  const opaque = etag.replace(/^W\//, '');
  return ifNoneMatch.trim() === '*' || ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === opaque);
}

function positionHeaders(request: Request, { page, hasNext, total, lastPage }: Position): Record<string, string> {
  return {
    ...(total === undefined ? {} : { 'x-total-count': String(total) }),
    ...linkHeader(request, {
      first: 1,
      ...(page > 1 ? { prev: page - 1 } : {}),
      ...(hasNext ? { next: page + 1 } : {}),
      ...(lastPage === undefined ? {} : { last: lastPage }),
    }),
  };
}

const serverTiming = ({ timings }: Trace): string =>
  [...timings].map(([step, ms]) => `${step};dur=${ms.toFixed(1)}`).join(', ');
