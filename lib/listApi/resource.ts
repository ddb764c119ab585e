import type { Extent } from '../errors';
import type { Request } from '../http/request';
import type { Resource } from '../http/respond';
import { TOKEN_HEADERS } from '../tokens/credential';
import { linkHeader } from './links';
import { PROBLEMS } from './problems';
import { METHODS, parseRoute, routeOf } from './route';

/** The resource `/backend/lambda-instances`. */
export const LAMBDA_INSTANCES: Resource = {
  methods: METHODS,
  routeOf,
  parseRoute,
  credentialHeaders: TOKEN_HEADERS,
  problems: PROBLEMS,
  extentHeaders,
};

function extentHeaders(request: Request, { total, lastPage }: Extent): Record<string, string> {
  return {
    ...(total === undefined ? {} : { 'x-total-count': String(total) }),
    ...(lastPage === undefined ? {} : linkHeader(request, { first: { page: 1 }, last: { page: lastPage } })),
  };
}
