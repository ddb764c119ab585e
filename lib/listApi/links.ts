import type { Request } from '../http/request';
import { PATH } from './route';

type Link = { readonly page: number; readonly after?: string | undefined };
type Links = Readonly<Partial<Record<'first' | 'prev' | 'next' | 'last', Link>>>;

/**
 * Returns the `Link` header (RFC 8288) with the URL of each page: the caller's own URL with another `page` and `after`,
 * other parameters kept where there is room.
 */
export function linkHeader(request: Request, links: Links): Readonly<Record<string, string>> {
  const { target, parameters } = withinLength(request);
  const entries = Object.entries(links).map(([relation, { page, after }]) => {
    const query = new URLSearchParams(parameters);
    query.set('page', String(page));
    if (after !== undefined) query.set('after', after);
    return `<${target}?${query}>; rel="${relation}"`;
  });
  return { link: entries.join(', ') };
}

const MAX_URL_LENGTH = 2_000; // four of them have to fit into the 10,240 bytes of headers that API Gateway passes on

function withinLength(request: Request): { target: string; parameters: URLSearchParams } {
  const target = targetOf(request);
  const parameters = new URLSearchParams(request.query);
  parameters.delete('after');
  if (`${target}?${parameters}`.length <= MAX_URL_LENGTH) return { target, parameters };
  const limit = Math.min(Number(parameters.get('limit')), Number.MAX_SAFE_INTEGER); // all that parsePage reads of it
  return {
    target: target.length <= MAX_URL_LENGTH ? target : '',
    parameters: new URLSearchParams({ limit: `${limit}` }),
  };
}

/** Returns the caller's URL up to its query; '' for a relative reference, where the host is unknown. */
function targetOf({ publicBaseUrl, origin, path }: Request): string {
  const base = publicBaseUrl ?? origin;
  if (base === undefined) return '';
  const url = new URL(base);
  const own = publicBaseUrl === undefined ? path : path.slice(path.lastIndexOf(PATH)); // a slash at its end included
  url.pathname = url.pathname.replace(/\/$/, '') + own; // set, not parsed: a path of "//host/…" must not become a host
  return url.href;
}
