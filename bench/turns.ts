import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setImmediate } from 'node:timers/promises';
import {
  GetItemCommand,
  type GetItemCommandInput,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { Sender } from '../lib/dynamodb/session';

/** The calls to DynamoDB, and the number of sequential rounds. */
export type RoundTrips = { readonly calls: number; readonly turns: number; readonly readUnits: number };

const QUIET_MS = 50; // parallel calls arrive within this time

/**
 * Serves a DynamoDB over HTTP that answers in turns: all pending calls at once when no more arrive. So parallel calls
 * make one turn on any machine, and sequential calls one each.
 */
export async function serveInTurns(sender: Sender) {
  let trips = { calls: 0, turns: 0, readUnits: 0 };
  const waiting: Waiting[] = [];
  let quiet: NodeJS.Timeout | undefined;
  const answerAll = async () => {
    trips.turns += 1;
    const [queries, others] = [waiting.filter(isQuery), waiting.filter((call) => !isQuery(call))];
    waiting.length = 0;
    for (const { answer } of [...others, ...queries]) {
      answer();
      await setImmediate(); // sends it: creating the rows of a query takes a while on a busy machine
    }
  };
  const turn = (command: object) =>
    new Promise<void>((answer) => {
      waiting.push({ command, answer });
      clearTimeout(quiet);
      quiet = setTimeout(answerAll, QUIET_MS);
    });
  const server = createServer(async (request, response) => {
    const command = commandOf(request.headers['x-amz-target'], await json(request));
    await turn(command);
    const output = await sender.send(command as never);
    trips.calls += 1;
    trips.readUnits += (output as Answer).ConsumedCapacity?.CapacityUnits ?? 0;
    response.setHeader('connection', 'close'); // over a reused one, a call that is slow on a busy machine is repeated
    response.end(JSON.stringify(output));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** Returns the calls since the last time. */
    take: (): RoundTrips => {
      const taken = trips;
      trips = { calls: 0, turns: 0, readUnits: 0 };
      return taken;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

type Waiting = { readonly command: object; readonly answer: () => void };

const isQuery = ({ command }: Waiting): boolean => command instanceof QueryCommand;

type Answer = { readonly ConsumedCapacity?: { readonly CapacityUnits?: number } };

function commandOf(target: unknown, input: unknown): object {
  const operation = String(target).split('.')[1];
  if (operation === 'GetItem') return new GetItemCommand(input as GetItemCommandInput);
  if (operation === 'Query') return new QueryCommand(input as QueryCommandInput);
  throw new TypeError(`a list request does not use ${operation}`);
}
