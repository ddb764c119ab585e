import type { Request } from '../http/request';

type Links = { readonly first: number; readonly prev?: number; readonly next?: number; readonly last?: number };

/**
 * The `Link` header (RFC 8288) with the URL of each page: the caller's own URL with another `page`, other parameters
 * kept. Empty where the host is not known.
 */
export function linkHeader({ baseUrl, path, query }: Request, links: Links): Readonly<Record<string, string>> {
  if (baseUrl === undefined) return {};
  const url = new URL(baseUrl);
  url.pathname = url.pathname.replace(/\/$/, '') + path; // set, not parsed: a path of "//host/…" must not become a host
  url.search = query.toString();
  if (url.href.length > MAX_URL_LENGTH)
    url.search = new URLSearchParams({ limit: String(query.get('limit')).replace(/^0+/, '') }).toString();
  if (url.href.length > MAX_URL_LENGTH) return {};
  const entries = Object.entries(links).map(([relation, page]) => {
    url.searchParams.set('page', String(page));
    return `<${url.href}>; rel="${relation}"`;
  });
  return { link: entries.join(', ') };
}

const MAX_URL_LENGTH = 2_000; // four of them have to fit into the 10,240 bytes of headers that API Gateway passes on
