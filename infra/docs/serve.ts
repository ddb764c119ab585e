import type { RequestListener } from 'node:http';
import { referenceFiles } from './reference';

/** Answers what lies under `/docs` with the reference page, read anew each time, and leaves the rest to the API. */
export function withReference(api: RequestListener, token: string): RequestListener {
  return (request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (path === '/docs') return response.writeHead(308, { location: '/docs/' }).end();
    if (!path.startsWith('/docs/')) return api(request, response);
    const name = path.slice('/docs/'.length) || 'index.html';
    const file = referenceFiles(token).find((each) => each.name === name);
    if (!file) return response.writeHead(404).end();
    response.writeHead(200, { 'content-type': file.mediaType, 'cache-control': 'no-cache' }).end(file.content);
  };
}
