/** Walks through all pages by links during concurrent writes, and checks the result. */
import fc from 'fast-check';

/** The writes before a page is read: ids to insert or delete. */
export type Write = { readonly id: number; readonly isInsertion: boolean };
export type Walk = {
  readonly initial: readonly number[];
  readonly limit: number;
  readonly writes: readonly (readonly Write[])[];
};

const id = fc.integer({ min: -40, max: 40 });

export const walks: fc.Arbitrary<Walk> = fc.record({
  initial: fc.uniqueArray(id, { minLength: 1, maxLength: 40 }),
  limit: fc.integer({ min: 1, max: 9 }),
  writes: fc.array(fc.array(fc.record({ id, isInsertion: fc.boolean() }), { maxLength: 4 }), { maxLength: 45 }),
});

type Page = { readonly status: number; readonly ids: readonly string[]; readonly next: string | undefined };

/**
 * Follows `next` from the first page to the end, and makes the writes of each turn before its page.
 *
 * @param read reads a page by the query of its URL
 * @returns the ids of each page
 * @throws Error if a permanent id is missing, or any id is repeated, out of order, or never existed
 */
export async function walkAmongWriters(
  { initial, limit, writes }: Walk,
  write: (write: Write) => Promise<void>,
  read: (query: string) => Promise<Page>,
): Promise<void> {
  const always = new Set(initial);
  const ever = new Set(initial);
  const seen: number[] = [];
  let query: string | undefined = `limit=${limit}&page=1`;
  for (let turn = 0; query !== undefined; turn += 1) {
    for (const one of writes[turn] ?? []) {
      await write(one);
      if (one.isInsertion) ever.add(one.id);
      else always.delete(one.id);
    }
    const page: Page = await read(query);
    seen.push(...page.ids.map(Number));
    query = page.status === 404 ? undefined : page.next; // all later instances were deleted meanwhile
  }
  const missing = [...always].filter((one) => !seen.includes(one));
  if (missing.length > 0) throw new Error(`the walk has missed ${missing}`);
  if (seen.some((one, i) => i > 0 && one <= Number(seen[i - 1]))) throw new Error(`not in order, each once: ${seen}`);
  if (seen.some((one) => !ever.has(one))) throw new Error(`never there: ${seen}`);
}

/** Returns the query of the link to the next page. */
export const nextQuery = (link = ''): string | undefined => /<[^?>]*\?([^>]*)>; rel="next"/.exec(link)?.[1];
