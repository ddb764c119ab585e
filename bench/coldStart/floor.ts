/** The minimal implementation: no SDK, a handwritten signature, two reads over one connection. */
import { createHash, createHmac } from 'node:crypto';
import { Agent, request } from 'node:https';

const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY = '', AWS_SESSION_TOKEN = '', AWS_REGION = '' } = process.env;
const endpoint = new URL(process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '');
const agent = new Agent({ keepAlive: true });

type Event = { headers: Record<string, string>; queryStringParameters: Record<string, string> };
type Item = Record<'uuid' | 'name' | 'id', { S: string; N: string }>;

export async function handler({ headers, queryStringParameters }: Event) {
  const tokenHash = sha256(headers.authorization?.replace('Token ', '') ?? '');
  const token = await call('GetItem', {
    TableName: process.env.TOKENS_TABLE,
    Key: { tokenHash: { S: tokenHash } },
    ConsistentRead: true,
  });
  if (!token.Item) return { statusCode: 401, body: '{"message":"Invalid token"}' };
  const { Items } = await call('Query', {
    TableName: process.env.INSTANCES_TABLE,
    KeyConditionExpression: '#collection = :collection',
    ProjectionExpression: '#id, #uuid, #name',
    ExpressionAttributeNames: { '#collection': 'collection', '#id': 'id', '#uuid': 'uuid', '#name': 'name' },
    ExpressionAttributeValues: { ':collection': { S: 'lambda-instances' } },
    Limit: Number(queryStringParameters.limit),
  });
  const data = (Items as Item[]).map(({ uuid, name, id }) => ({ uuid: +uuid.N, name: name.S, id: +id.N }));
  return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify({ data }) };
}

function call(operation: string, input: object): Promise<Record<string, unknown>> {
  const body = JSON.stringify(input);
  const headers = sign(`DynamoDB_20120810.${operation}`, body);
  return new Promise((resolve, reject) => {
    request(endpoint, { agent, method: 'POST', headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve(JSON.parse(text)));
    })
      .on('error', reject)
      .end(body);
  });
}

/** Computes AWS Signature Version 4, as far as DynamoDB needs it. */
function sign(target: string, body: string): Record<string, string> {
  const time = new Date().toISOString().replace(/[:-]|\.\d+/g, '');
  const scope = `${time.slice(0, 8)}/${AWS_REGION}/dynamodb/aws4_request`;
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    host: endpoint.host,
    'x-amz-date': time,
    'x-amz-security-token': AWS_SESSION_TOKEN,
    'x-amz-target': target,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const canonical = `POST\n/\n\n${lines.join('')}\n${names}\n${sha256(body)}`;
  const key = scope.split('/').reduce<string | Buffer>(hmac, `AWS4${AWS_SECRET_ACCESS_KEY}`);
  const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${sha256(canonical)}`).toString('hex');
  const credential = `Credential=${AWS_ACCESS_KEY_ID}/${scope}`;
  const authorization = `AWS4-HMAC-SHA256 ${credential}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...headers, 'content-length': String(Buffer.byteLength(body)), authorization };
}

const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
