/** Reads the events that `npm run invoke` passes to a function. */
import { readFile } from 'node:fs/promises';
import { buffer } from 'node:stream/consumers';

/**
 * @param file a path, or `-` for `stdin`
 * @throws Error with the file's name if it cannot be read or is not a JSON value
 */
export async function readEvent(file: string, stdin: NodeJS.ReadableStream): Promise<unknown> {
  try {
    const bytes = file === '-' ? await buffer(stdin) : await readFile(file);
    return JSON.parse(new TextDecoder().decode(bytes)); // drops a byte order mark
  } catch (error) {
    throw new Error(`${file === '-' ? 'standard input' : file}: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Returns a warning if the two forms of the query in an event of payload 2.0 differ, as after editing one of them. The
 * function reads `rawQueryString`; API Gateway writes both, and joins the values of a repeated parameter with commas.
 */
export function describeContradiction(event: unknown): string | undefined {
  const { rawQueryString: raw, queryStringParameters: map, httpMethod } = (event ?? {}) as Record<string, unknown>;
  if (typeof raw !== 'string' || httpMethod !== undefined) return undefined; // payload 1.0: the maps are read
  const sent = new URLSearchParams(`&${raw}`);
  const names = new Set([...sent.keys(), ...Object.keys(map ?? {})]);
  const differing = [...names].filter(
    (name) => sentValue(sent, name) !== (map as Record<string, unknown> | null)?.[name],
  );
  if (differing.length === 0) return undefined;
  return `rawQueryString and queryStringParameters differ in ${differing.join(', ')}; the function reads rawQueryString`;
}

const sentValue = (query: URLSearchParams, name: string): string | undefined =>
  query.has(name) ? query.getAll(name).join() : undefined;
