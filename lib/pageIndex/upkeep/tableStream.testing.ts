import { DescribeTableCommand, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  type _Record,
  DescribeStreamCommand,
  DynamoDBStreamsClient,
  GetRecordsCommand,
  GetShardIteratorCommand,
} from '@aws-sdk/client-dynamodb-streams';

/** A table's stream, read from its beginning, as by an event source mapping at `TRIM_HORIZON`. */
export class TableStream {
  /** The next iterator of each shard; undefined at its end. */
  readonly #iterators = new Map<string, string | undefined>();

  private constructor(
    private readonly client: DynamoDBStreamsClient,
    private readonly arn: string | undefined,
  ) {}

  static async open(client: DynamoDBClient, endpoint: string, table: string): Promise<TableStream> {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table }));
    const { region, credentials } = client.config;
    return new TableStream(new DynamoDBStreamsClient({ endpoint, region, credentials }), Table?.LatestStreamArn);
  }

  close(): void {
    this.client.destroy();
  }

  /** Returns the records added since the last call; empty if there are none. */
  async next(): Promise<_Record[]> {
    await this.#findShards();
    const records: _Record[] = [];
    for (const [shard, iterator] of this.#iterators) {
      if (iterator === undefined) continue;
      const output = await this.client.send(new GetRecordsCommand({ ShardIterator: iterator }));
      records.push(...(output.Records ?? []));
      this.#iterators.set(shard, output.NextShardIterator);
    }
    return records;
  }

  async #findShards(): Promise<void> {
    const { StreamDescription } = await this.client.send(new DescribeStreamCommand({ StreamArn: this.arn }));
    for (const { ShardId } of StreamDescription?.Shards ?? []) {
      if (ShardId === undefined || this.#iterators.has(ShardId)) continue;
      const start = { StreamArn: this.arn, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const;
      const { ShardIterator } = await this.client.send(new GetShardIteratorCommand(start));
      this.#iterators.set(ShardId, ShardIterator);
    }
  }
}
