/** The tokens table as an operator may see it. Others write it too: any attribute may be missing, or of another type. */
import { type AttributeValue, type DynamoDBClient, GetItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import stringWidth from 'string-width';
import type { TokenRecord } from '../../lib/tokens/issue';
import { printable } from './printable';

export type TokensTable = { readonly client: DynamoDBClient; readonly table: string };

/** What is known of a token; times are ISO 8601. */
export type Listed = {
  /** `sha256:` and the token's hash if whoever stored it gave it no id. */
  readonly tokenId: string;
  readonly label: string | undefined;
  readonly createdAt: string | undefined;
  readonly expiresAt: string | undefined;
  readonly revoked: boolean;
  readonly revokedAt: string | undefined;
};

export type Found = {
  readonly tokenHash: string;
  readonly token: Listed;
  /** Whether the row expires in a year that only epoch milliseconds lead to, where the API reads seconds. */
  readonly isInMilliseconds: boolean;
};

/** Every token, oldest first. */
export async function readTokens({ client, table }: TokensTable): Promise<Found[]> {
  const rows: Row[] = [];
  for await (const { Items } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
    rows.push(...(Items ?? []));
  }
  return rows
    .map(parseRow)
    .sort(
      ({ token: a }, { token: b }) =>
        (a.createdAt ?? '').localeCompare(b.createdAt ?? '') || a.tokenId.localeCompare(b.tokenId),
    );
}

/** The token with this hash, read by its key. */
export async function findToken({ client, table }: TokensTable, tokenHash: string): Promise<Found | undefined> {
  const command = new GetItemCommand({ TableName: table, Key: { tokenHash: { S: tokenHash } }, ConsistentRead: true });
  const { Item } = await client.send(command);
  return Item && parseRow(Item);
}

type Row = Record<string, AttributeValue>;

const parseRow = (row: Row): Found => ({
  tokenHash: row.tokenHash?.S ?? '',
  token: {
    tokenId: row.tokenId?.S || `sha256:${row.tokenHash?.S}`,
    label: row.label?.S,
    createdAt: toIsoTime(row.createdAt?.N),
    expiresAt: toIsoTime(row.expiresAt?.N),
    revoked: row.revoked?.BOOL === true,
    revokedAt: toIsoTime(row.revokedAt?.N),
  },
  isInMilliseconds: Number(row.expiresAt?.N) >= 100_000_000_000, // the year 5138 in seconds, 1973 in milliseconds
});

/** Epoch seconds as ISO 8601; unchanged if no clock could show them. */
export function toIsoTime(seconds: number | string | undefined): string | undefined {
  if (seconds === undefined) return undefined;
  const time = new Date(Number(seconds) * 1000);
  return Number.isNaN(time.getTime()) ? String(seconds) : time.toISOString().replace('.000Z', 'Z');
}

const HEADINGS = ['TOKEN ID', 'LABEL', 'CREATED', 'EXPIRES', 'REVOKED'];

/** A table, aligned by what a terminal draws: wide characters take two columns. */
export function formatTokens(tokens: readonly Listed[]): string {
  const cells = tokens.map(({ tokenId, label, createdAt, expiresAt, revoked, revokedAt }) =>
    [tokenId, label, createdAt, expiresAt, revoked ? (revokedAt ?? 'revoked') : undefined].map((cell) =>
      printable(cell ?? '-'),
    ),
  );
  const rows = [HEADINGS, ...cells];
  const widths = HEADINGS.map((_, column) => Math.max(...rows.map((row) => stringWidth(row[column] ?? ''))));
  const pad = (cell: string, column: number) => cell + ' '.repeat((widths[column] ?? 0) - stringWidth(cell));
  return rows.map((row) => `${row.map(pad).join('  ').trimEnd()}\n`).join('');
}

/** A new record as the tools print it. */
export type ShownRecord = Pick<Listed, 'tokenId' | 'label' | 'createdAt' | 'expiresAt'>;

export const showRecord = ({ tokenId, label, createdAt, expiresAt }: TokenRecord): ShownRecord => ({
  tokenId,
  label,
  createdAt: toIsoTime(createdAt),
  expiresAt: toIsoTime(expiresAt),
});

export const describeMilliseconds = ({ token }: Found): string =>
  `warning: token ${printable(token.tokenId)} expires at ${token.expiresAt}: expiresAt holds milliseconds, where the API reads seconds`;
