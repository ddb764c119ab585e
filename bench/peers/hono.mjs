import { Hono } from 'hono';
import { handle } from 'hono/aws-lambda';
import { isLive, listFirst } from './listing.mjs';

const app = new Hono();

app.get('/backend/lambda-instances', async (c) => {
  if (!(await isLive(c.req.header('authorization')))) return c.json({ message: 'Invalid token' }, 401);
  return c.json(await listFirst(c.req.query('limit')));
});

export const handler = handle(app);
