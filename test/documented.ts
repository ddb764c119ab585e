/** The example instances and responses of the API's documentation. */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';

export const INSTANCES: readonly Record<string, AttributeValue>[] = [
  { id: { N: '1' }, uuid: { N: '1' }, name: { S: 'Physics Lambda Instance' } },
  { id: { N: '3' }, uuid: { N: '2' }, name: { S: 'Machine Learning Lambda Instance' } },
  { id: { N: '4' }, uuid: { N: '3' }, name: { S: 'Another Lambda Instance' } },
  { id: { N: '5' }, uuid: { N: '4' } },
  { id: { N: '7' }, uuid: { N: '5' }, name: { S: 'Lambda Instance for students' } },
];

export const ALL =
  '{"data":[{"uuid":1,"name":"Physics Lambda Instance","id":1},' +
  '{"uuid":2,"name":"Machine Learning Lambda Instance","id":3},' +
  '{"uuid":3,"name":"Another Lambda Instance","id":4},' +
  '{"uuid":4,"name":"Lambda Instance","id":5},' +
  '{"uuid":5,"name":"Lambda Instance for students","id":7}]}';

/** `limit=2&page=2` */
export const SECOND_PAGE =
  '{"data":[{"uuid":3,"name":"Another Lambda Instance","id":4},{"uuid":4,"name":"Lambda Instance","id":5}]}';
