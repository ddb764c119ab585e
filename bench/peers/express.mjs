import express from 'express';
import serverless from 'serverless-http';
import { isLive, listFirst } from './listing.mjs';

const app = express();

app.get('/backend/lambda-instances', async (request, response) => {
  if (!(await isLive(request.get('authorization')))) return response.status(401).json({ message: 'Invalid token' });
  response.json(await listFirst(request.query.limit));
});

export const handler = serverless(app);
