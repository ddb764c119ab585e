import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { loadFunction } from '../../test/builtFunction';
import type { EmptyDatabase } from '../../test/emulators';
import { issueToken } from '../tokens/issue';

export type ListUnderTest = Awaited<ReturnType<typeof startList>>;

/** Starts the built list over these tables, without a page index, and makes the token live. */
export async function startList({ client, documents, environment }: EmptyDatabase, token: string) {
  await issueToken(client, environment.TOKENS_TABLE, token, { label: 'smoke', createdAt: 0, expiresAt: undefined });
  const list = loadFunction('listLambdaInstances', { ...environment, PAGE_INDEX_TABLE: '', LOG_LEVEL: 'silent' });
  return {
    ...list,
    put: async (id: number) => {
      const Item = { collection: 'lambda-instances', id, uuid: id, name: `The "${id}"th` };
      await documents.send(new PutCommand({ TableName: environment.INSTANCES_TABLE, Item }));
    },
  };
}
