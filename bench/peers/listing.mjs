/** The API's task as in a tutorial, for each peer: one read of the token, one of the instances. */
import { createHash } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';

const documents = DynamoDBDocumentClient.from(new DynamoDBClient());

export async function isLive(authorization = '') {
  const tokenHash = createHash('sha256').update(authorization.replace('Token ', '')).digest('hex');
  const { Item } = await documents.send(
    new GetCommand({ TableName: process.env.TOKENS_TABLE, Key: { tokenHash }, ConsistentRead: true }),
  );
  return Item !== undefined && !Item.revoked && !(Item.expiresAt <= Date.now() / 1000);
}

export async function listFirst(limit) {
  const { Items } = await documents.send(
    new QueryCommand({
      TableName: process.env.INSTANCES_TABLE,
      KeyConditionExpression: '#collection = :collection',
      ProjectionExpression: '#id, #uuid, #name',
      ExpressionAttributeNames: { '#collection': 'collection', '#id': 'id', '#uuid': 'uuid', '#name': 'name' },
      ExpressionAttributeValues: { ':collection': 'lambda-instances' },
      Limit: Number(limit),
    }),
  );
  return { data: Items.map(({ uuid, name, id }) => ({ uuid, name, id })) };
}
