/** Runs the API's handler in this process over simulated tables, and records its reads and log. */
import { randomBytes } from 'node:crypto';
import { type AttributeValue, DeleteItemCommand, DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { type ReceivedAnswer, receive } from '../infra/local/receive';
import { compareDecimals } from '../lib/dynamodb/decimal';
import type { GatewayResponse } from '../lib/http/answer';
import { instancesIn } from '../lib/instances/source';
import { pageIndexOf } from '../lib/pageIndex/store';
import { hashToken } from '../lib/tokens/verify';
import type { EventFormat, WireRequest } from './events';
import { sortedKeys } from './keys';
import { expectDescribed } from './openapi';
import { rebuildAll } from './rebuildAll';
import { type Carry, SimulatedDynamo } from './simulatedDynamo';
import { TABLES } from './tables';
import { nextQuery, type Walk, walkAmongWriters } from './walk';

export type Item = Record<string, AttributeValue>;

export type Asked = ReceivedAnswer & { readonly problem: Readonly<Record<string, unknown>> };

const ROWS = instancesIn(TABLES.INSTANCES_TABLE);

type Handler = (event: unknown, context?: unknown) => Promise<GatewayResponse>;

export class SimulatedApi {
  /** The tables read by the last request, in order. */
  reads: string[] = [];
  readonly #handler: Handler;
  #rows = new Map<string, Item>();
  #dynamo = tableOf(this.#rows);
  #carry: Carry | undefined;
  #log: string[] = [];

  /** @param loadHandler called once the environment is set, which a handler reads when loaded */
  constructor(loadHandler: () => { handler: Handler }, { isIndexed = false } = {}) {
    jest.spyOn(DynamoDBClient.prototype, 'send').mockImplementation((command: unknown) => {
      this.reads.push(tableIn(command));
      return this.#dynamo.connect(this.#carry).send(command as never);
    });
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => this.#log.push(String(text)) > 0);
    Object.assign(process.env, TABLES, isIndexed ? {} : { PAGE_INDEX_TABLE: '' });
    this.#handler = loadHandler().handler;
  }

  /** Resets the log, and the tables to these instances. */
  reset(instances: readonly Item[]): void {
    this.#rows = new Map(instances.map((item) => [item.id?.N ?? '', item]));
    this.#dynamo = tableOf(this.#rows);
    this.#carry = undefined;
    this.#log = [];
    this.reads = [];
  }

  async putInstance(item: Item): Promise<void> {
    this.#rows.set(item.id?.N ?? '', item);
    await this.#dynamo.connect().send(new PutItemCommand({ TableName: TABLES.INSTANCES_TABLE, Item: item }));
  }

  async deleteInstance(id: string): Promise<void> {
    await this.#dynamo
      .connect()
      .send(new DeleteItemCommand({ TableName: TABLES.INSTANCES_TABLE, Key: { id: { N: id } } }));
  }

  /** Handles each call with this function until the next reset. */
  carryOut(carry: Carry): void {
    this.#carry = carry;
  }

  async buildIndex(): Promise<void> {
    await rebuildAll(pageIndexOf(this.#dynamo.connect(), TABLES.PAGE_INDEX_TABLE, ROWS));
  }

  async putToken(row: Item = {}, token = newToken()): Promise<string> {
    const Item = { tokenHash: { S: hashToken(token) }, ...row };
    await this.#dynamo.connect().send(new PutItemCommand({ TableName: TABLES.TOKENS_TABLE, Item }));
    return token;
  }

  async ask({ toEvent }: EventFormat, request: WireRequest = {}, context?: unknown): Promise<Asked> {
    return this.answer(toEvent(request), request.method ?? 'GET', context);
  }

  /** Fails unless the response to an event with this method conforms to openapi.yaml. */
  async answer(event: unknown, method: string, context?: unknown): Promise<Asked> {
    this.reads = [];
    const response = await this.#handler(event, context);
    expectDescribed(response, { method: describedMethod(method, response.statusCode) });
    const answer = receive(response);
    return { ...answer, problem: answer.status >= 400 && answer.text !== '' ? JSON.parse(answer.text) : {} };
  }

  /** Walks by `next` links during concurrent writes, over these tables instead of the former. */
  async walk(format: EventFormat, walk: Walk): Promise<void> {
    const toItem = (id: number) => ({ id: { N: String(id) }, uuid: { N: '1' } });
    this.reset(walk.initial.map(toItem));
    const headers = authorized(await this.putToken());
    await walkAmongWriters(
      walk,
      ({ id, isInsertion }) => (isInsertion ? this.putInstance(toItem(id)) : this.deleteInstance(String(id))),
      async (query) => {
        const { status, text, headers: received } = await this.ask(format, { query, headers });
        const ids = status === 200 ? [...text.matchAll(/"id":([^}]+)\}/g)].map(([, id = '']) => id) : [];
        return { status, ids, next: nextQuery(received.link) };
      },
    );
  }

  /** The response itself, as the event's source gets it. */
  respond = (event: unknown): Promise<GatewayResponse> => this.#handler(event);

  get log(): string {
    return this.#log.join('');
  }

  /** Returns and clears the log. */
  takeLog(): string {
    return this.#log.splice(0).join('');
  }

  get lines(): Readonly<Record<string, unknown>>[] {
    return this.#log.map((line) => JSON.parse(line));
  }
}

/** openapi.yaml documents the methods of its path; the responses to any other path and method are under GET. */
function describedMethod(method: string, status: number): string {
  if (status === 405) return 'POST';
  if (status === 204) return 'OPTIONS';
  return method === 'HEAD' ? 'HEAD' : 'GET';
}

export const newToken = (): string => randomBytes(24).toString('base64url');

export const authorized = (token: string) => ({ Authorization: `Token ${token}` });

export const tableIn = (command: unknown): string => (command as { input: { TableName: string } }).input.TableName;

function tableOf(byId: ReadonlyMap<string, Item>): SimulatedDynamo {
  const keys = sortedKeys([...byId.keys()].sort(compareDecimals));
  return new SimulatedDynamo({ rows: ROWS, keys, toRow: (id) => byId.get(id) ?? {} });
}
