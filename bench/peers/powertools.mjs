import { Router, UnauthorizedError } from '@aws-lambda-powertools/event-handler/http';
import { metrics as emitMetrics } from '@aws-lambda-powertools/event-handler/http/middleware/metrics';
import { tracer as trace } from '@aws-lambda-powertools/event-handler/http/middleware/tracer';
import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics } from '@aws-lambda-powertools/metrics';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { isLive, listFirst } from './listing.mjs';

const logger = new Logger();
const app = new Router({ logger });
app.use(trace(new Tracer()));
app.use(emitMetrics(new Metrics({ namespace: 'LambdaInstances' })));

app.get('/backend/lambda-instances', async ({ req }) => {
  if (!(await isLive(req.headers.get('authorization')))) throw new UnauthorizedError('Invalid token');
  const list = await listFirst(new URL(req.url).searchParams.get('limit'));
  logger.info('request', { items: list.data.length });
  return list;
});

export const handler = (event, context) => app.resolve(event, context);
