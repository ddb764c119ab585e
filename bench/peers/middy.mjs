import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import httpHeaderNormalizer from '@middy/http-header-normalizer';
import httpResponseSerializer from '@middy/http-response-serializer';
import { createError } from '@middy/util';
import { isLive, listFirst } from './listing.mjs';

export const handler = middy()
  .use(httpHeaderNormalizer())
  .use(
    httpResponseSerializer({
      serializers: [{ regex: /^application\/json$/, serializer: ({ body }) => JSON.stringify(body) }],
      defaultContentType: 'application/json',
    }),
  )
  .use(httpErrorHandler())
  .handler(async (event) => {
    if (!(await isLive(event.headers.authorization))) throw createError(401, 'Invalid token');
    return { statusCode: 200, body: await listFirst(event.queryStringParameters.limit) };
  });
