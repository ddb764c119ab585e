/** The tokens table as an operator may see it. Others write it too: any attribute may be missing, or of another type. */
import { type AttributeValue, type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';

type Listed = {
  /** `sha256:` and the token's hash, where whoever stored it gave it no id. */
  readonly tokenId: string;
  readonly label: string | undefined;
  readonly createdAt: string | undefined;
  readonly expiresAt: string | undefined;
  readonly revoked: boolean;
};

/** Every token, oldest first. */
export async function readTokens(client: DynamoDBClient, table: string): Promise<Listed[]> {
  const rows = await scan(client, table);
  const tokens = rows.map((row) => ({
    tokenId: idOf(row),
    label: row.label?.S,
    createdAt: toTime(row.createdAt),
    expiresAt: toTime(row.expiresAt),
    revoked: row.revoked?.BOOL === true,
  }));
  return tokens.sort(
    (a, b) => (a.createdAt ?? '').localeCompare(b.createdAt ?? '') || a.tokenId.localeCompare(b.tokenId),
  );
}

/** The hashes of the tokens with an id, as `readTokens` shows it; tokens made elsewhere may share one. */
export async function findTokens(client: DynamoDBClient, table: string, tokenId: string): Promise<string[]> {
  const rows = await scan(client, table);
  return rows.flatMap((row) => (idOf(row) === tokenId ? (row.tokenHash?.S ?? []) : []));
}

type Row = Record<string, AttributeValue>;

async function scan(client: DynamoDBClient, table: string): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const { Items } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    rows.push(...(Items ?? []));
  }
  return rows;
}

const idOf = ({ tokenId, tokenHash }: Row): string => tokenId?.S || `sha256:${tokenHash?.S}`;

/** Epoch seconds as ISO 8601; as they are, where they are no time that a clock could show. */
function toTime(value: AttributeValue | undefined): string | undefined {
  const time = new Date(Number(value?.N) * 1000);
  return Number.isNaN(time.getTime()) ? value?.N : time.toISOString().replace('.000Z', 'Z');
}

const HEADINGS = ['TOKEN ID', 'LABEL', 'CREATED', 'EXPIRES', 'REVOKED'];

export function formatTokens(tokens: readonly Listed[]): string {
  const cells = tokens.map(({ tokenId, label, createdAt, expiresAt, revoked }) =>
    [tokenId, label, createdAt, expiresAt, revoked ? 'revoked' : undefined].map((cell) => printable(cell ?? '-')),
  );
  const rows = [HEADINGS, ...cells];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

/** A label of elsewhere could carry a terminal's control sequences. */
const printable = (text: string): string => text.replaceAll(/\p{C}/gu, '?');
