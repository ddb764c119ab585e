import { isLive, listFirst } from './listing.mjs';

const answer = (statusCode, body) => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

export const handler = async (event) => {
  if (!(await isLive(event.headers.authorization))) return answer(401, { message: 'Invalid token' });
  return answer(200, await listFirst(event.queryStringParameters.limit));
};
