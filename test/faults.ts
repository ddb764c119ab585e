/** Faults between a function and DynamoDB. */
import type { Fault } from './faultProxy';

const CONTENT_TYPE = 'application/x-amz-json-1.0';

const answer =
  (status: number, body: string, contentType = CONTENT_TYPE): Fault =>
  (response) => {
    response.writeHead(status, { 'content-type': contentType }).end(body);
  };

const exception = (status: number, name: string): Fault =>
  answer(status, JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'secret-table' }));

export const throttled = exception(400, 'ProvisionedThroughputExceededException');
export const failing = exception(500, 'InternalServerError');
export const unavailable = answer(503, '<html>Service Unavailable</html>', 'text/html');
export const denied = exception(400, 'AccessDeniedException');
export const missingTable = exception(400, 'ResourceNotFoundException');

export const delayed =
  (ms: number): Fault =>
  async (response, forward) => {
    const { status, body } = await forward();
    if (response.destroyed) return;
    const timer = setTimeout(() => response.writeHead(status, { 'content-type': CONTENT_TYPE }).end(body), ms);
    response.on('close', () => clearTimeout(timer));
  };

/** DynamoDB executes the call, but its response is lost. */
const afterwards =
  (fault: Fault): Fault =>
  async (response, forward) => {
    await forward();
    await fault(response, forward);
  };

/** As a NAT gateway does with an expired connection. */
export const resetConnection: Fault = (response) => {
  response.socket?.resetAndDestroy();
};

export const cutBeforeAnswer: Fault = (response) => {
  response.destroy();
};

export const failingAfterwards = afterwards(failing);
export const cutAfterwards = afterwards(cutBeforeAnswer);

/** Half of the body, with the full length in the headers. */
const halfOf =
  (then: 'cut' | 'hang' | 'end'): Fault =>
  async (response, forward) => {
    const { status, body } = await forward();
    const half = body.subarray(0, body.length / 2);
    const length = then === 'end' ? half.length : body.length;
    response.writeHead(status, { 'content-type': CONTENT_TYPE, 'content-length': length });
    response.write(half, () => {
      if (then === 'cut') response.destroy();
      if (then === 'end') response.end();
    });
  };

export const cutWithinBody = halfOf('cut');
export const hangingWithinBody = halfOf('hang');
/** Half of the body, with its own length in the headers. */
export const truncated = halfOf('end');

export const hanging: Fault = () => {};

export const notHttp: Fault = (response) => {
  response.socket?.end('SSH-2.0-OpenSSH_9.6\r\n');
};

export const garbled = (status: number, body: string): Fault => answer(status, body);

type Json = Record<string, unknown>;

/** DynamoDB's response, changed: valid JSON that DynamoDB would not send. */
export const edited =
  (edit: (answered: Json) => unknown): Fault =>
  async (response, forward) => {
    const { status, body } = await forward();
    const text = JSON.stringify(edit(JSON.parse(body.toString()) as Json));
    response.writeHead(status, { 'content-type': CONTENT_TYPE }).end(text);
  };

/** Query results that contradict themselves or would never end. */
export const CONTRADICTORY: Readonly<Record<string, Fault>> = {
  'no count': edited(({ Count: _, ...answer }) => answer),
  'a count of more': edited((answer) => ({ ...answer, Count: 6 })),
  'a string as count': edited((answer) => ({ ...answer, Count: '5' })),
  'no rows': edited(({ Items: _, ...answer }) => answer),
  'rows without their keys': edited((answer) => ({ ...answer, Items: [{}, {}, {}, {}, {}] })),
  'a last key without its sort key': edited((answer) => ({ ...answer, LastEvaluatedKey: {} })),
  'a last key that does not move': edited((answer) => ({
    ...answer,
    LastEvaluatedKey: { collection: { S: 'lambda-instances' }, id: { N: '7' } },
  })),
};

/** Transient faults, which the client retries. */
export const RETRIED: Readonly<Record<string, Fault>> = {
  throttling: throttled,
  'an internal error': failing,
  'a 503 from a gateway': unavailable,
  'a connection closed before the answer': cutBeforeAnswer,
  'a connection closed within the answer': cutWithinBody,
};

/** Answers that are not DynamoDB's. */
export const GARBLED: Readonly<Record<string, Fault>> = {
  'a truncated answer': truncated,
  'an answer that is not HTTP': notHttp,
  'an HTML page': garbled(200, '<html>Welcome to the hotel</html>'),
  'an HTML error page': garbled(400, '<html>Bad Request</html>'),
  'an error without a name': garbled(400, '{}'),
  'an error whose name is a number': garbled(400, '{"__type":7}'),
  'an error with an unknown name': garbled(400, '{"__type":"hello"}'),
  'an error without a body': garbled(400, ''),
  'a redirect': garbled(302, '{}'),
  'an empty body': garbled(200, ''),
  'an empty object': garbled(200, '{}'),
  null: garbled(200, 'null'),
  'a list': garbled(200, '[]'),
  text: garbled(200, '"text"'),
  'deeply nested brackets': garbled(200, '['.repeat(100_000)),
  'rows of other types': garbled(200, '{"Item":7,"Items":[null],"Count":1}'),
};
