import { type AttributeValue, PutItemCommand, paginateQuery } from '@aws-sdk/client-dynamodb';
import { COLLECTION } from '../../lib/instances/source';
import type { EmptyDatabase } from '../../test/emulators';
import { instancesTool } from './instances';
import { createTerminal } from './terminal.testing';

export type Row = Record<string, AttributeValue>;

export const keyOf = (id: string) => ({ collection: { S: COLLECTION }, id: { N: id } });

/** An instances table for tests of `npm run instances`. */
export function instancesIn({ client, environment }: EmptyDatabase) {
  const TableName = environment.INSTANCES_TABLE;
  return {
    /** Runs the tool with these arguments and this standard input. */
    run: async (args: string, input: string | Uint8Array = '', table = TableName) => {
      const terminal = createTerminal({ ...environment, INSTANCES_TABLE: table }, input);
      const exitCode = await instancesTool(args.split(' '), terminal, () => client);
      return { exitCode, ...terminal.printed };
    },
    /** Returns every row, in the order of ids. */
    rows: async (): Promise<Row[]> => {
      const all: Row[] = [];
      const query = {
        TableName,
        KeyConditionExpression: '#c = :c',
        ExpressionAttributeNames: { '#c': 'collection' },
        ExpressionAttributeValues: { ':c': { S: COLLECTION } },
      };
      for await (const { Items = [] } of paginateQuery({ client }, query)) all.push(...Items);
      return all;
    },
    /** Adds a row; rejects if its id is taken. */
    put: (row: Row) =>
      client.send(
        new PutItemCommand({
          TableName,
          Item: { collection: { S: COLLECTION }, ...row },
          ConditionExpression: 'attribute_not_exists(id)',
        }),
      ),
  };
}
