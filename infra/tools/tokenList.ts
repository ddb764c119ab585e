/** Reads the tokens table for operators. Others write it too: any attribute may be missing or have another type. */
import { type AttributeValue, type DynamoDBClient, GetItemCommand, paginateScan } from '@aws-sdk/client-dynamodb';
import stringWidth from 'string-width';
import type { TokenRecord } from '../../lib/tokens/issue';
import { printable } from './printable';

export type TokensTable = { readonly client: DynamoDBClient; readonly table: string };

/** A token without its text; times are ISO 8601. */
export type Listed = {
  /** `sha256:` followed by the token's hash if it was stored without an id. */
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
  /** Whether `expiresAt` must be in milliseconds, which the API reads as seconds. */
  readonly isInMilliseconds: boolean;
};

/** Reads all tokens, oldest first. */
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

/** Reads the token with this hash by its key. */
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

/** Formats epoch seconds as ISO 8601; returns them unchanged if they are out of range. */
export function toIsoTime(seconds: number | string | undefined): string | undefined {
  if (seconds === undefined) return undefined;
  const time = new Date(Number(seconds) * 1000);
  return Number.isNaN(time.getTime()) ? String(seconds) : time.toISOString().replace('.000Z', 'Z');
}

const HEADINGS = ['TOKEN ID', 'LABEL', 'CREATED', 'EXPIRES', 'REVOKED'];

/** Formats a table, aligned for terminals: wide characters take two columns. */
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

/** A new record, as printed. */
export type ShownRecord = Pick<Listed, 'tokenId' | 'label' | 'createdAt' | 'expiresAt'>;

export const showRecord = ({ tokenId, label, createdAt, expiresAt }: TokenRecord): ShownRecord => ({
  tokenId,
  label,
  createdAt: toIsoTime(createdAt),
  expiresAt: toIsoTime(expiresAt),
});

export const describeMilliseconds = ({ token }: Found): string =>
  `warning: token ${printable(token.tokenId)} expires at ${token.expiresAt}: expiresAt holds milliseconds, where the API reads seconds`;
