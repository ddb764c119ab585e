import { authorization, type Reply, type Subject } from './call';
import { type Differences, expectEqual, expectList, expectMatch, expectProblem } from './expectation';

const LIMIT = 2;
const PAGES = 3;
const ATTEMPTS = 3;

/**
 * Checks that the first pages, walked by next links, join to one page of their total size, and that the list ends.
 * Repeats the comparison if the list changed meanwhile.
 */
export async function checkPages(subject: Subject, differences: Differences): Promise<void> {
  let found: Differences = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    found = [];
    const before = await readPage(subject, `limit=${LIMIT * PAGES}&page=1`);
    const elements = expectList(found, 'the first page', before);
    const joined = await followLinks(subject, found);
    expectEqual(found, `${PAGES} pages of ${LIMIT}, joined,`, joined, elements);
    await checkEnd(subject, before, found);
    const after = await readPage(subject, `limit=${LIMIT * PAGES}&page=1`);
    if (found.length === 0 || after.headers.get('etag') === before.headers.get('etag')) break;
  }
  differences.push(...found);
}

const readPage = ({ call, token }: Subject, query: string): Promise<Reply> =>
  call({ headers: authorization(token), query });

/** Follows the full URL of each link to the next page, and of the link to the last page. */
async function followLinks(subject: Subject, differences: Differences): Promise<string[]> {
  const joined: string[] = [];
  let reply = await readPage(subject, `limit=${LIMIT}&page=1`);
  for (let page = 1; page <= PAGES; page += 1) {
    joined.push(...expectList(differences, `page ${page}`, reply));
    if (reply.status !== 200) break;
    const links = linksOf(reply);
    for (const relation of page > 1 ? ['first', 'prev'] : ['first']) {
      expectMatch(differences, `page ${page}: the link to the ${relation} page`, links.get(relation), LINK);
    }
    const [next, last] = [links.get('next'), links.get('last')];
    if (page === 1 && last !== undefined) await followLast(subject, last, differences);
    if (next === undefined) break;
    expectMatch(differences, `page ${page}: the link to the next page`, next, LINK);
    if (page === PAGES) break;
    reply = await follow(subject, next);
    if (page === 1) await checkAfter(subject, next, reply, differences);
  }
  return joined;
}

/** A next link names the `id` after which its page begins, so that the page is the same with another number. */
async function checkAfter(subject: Subject, next: string, page: Reply, differences: Differences): Promise<void> {
  const renumbered = await follow(subject, next.replace(/\bpage=\d+/, 'page=1'));
  expectEqual(differences, 'page 2 by its id alone: etag', renumbered.headers.get('etag'), page.headers.get('etag'));
}

/** The total lags behind the rows: the page may have become the last but one, or lie past the end by now. */
async function followLast(subject: Subject, last: string, differences: Differences): Promise<void> {
  const reply = await follow(subject, last);
  if (reply.status === 404) expectProblem(differences, 'the last page', reply, PAST_THE_END);
  else expectList(differences, 'the last page', reply);
}

const PAST_THE_END = { status: 404, problem: 'page-out-of-range', title: 'Page out of range' };

const follow = ({ call, token }: Subject, url: string): Promise<Reply> => call({ headers: authorization(token), url });

const LINK = /^https?:\/\/[^/?]+\/([^?]*\/)?backend\/lambda-instances\/?\?(.*&)?page=\d+/;

/** Returns links by relation; resolves relative references against the requested URL (RFC 8288 §3.1). */
const linksOf = ({ headers, url }: Reply): Map<string, string> =>
  new Map(
    [...(headers.get('link') ?? '').matchAll(/<([^>]*)>; rel="(\w+)"/g)].map(([, link = '', relation = '']) => [
      relation,
      URL.canParse(link, url) ? new URL(link, url).href : link,
    ]),
  );

/** Checks a page past the end. Skipped with more pages and no total, which would read the whole table. */
async function checkEnd(subject: Subject, first: Reply, differences: Differences): Promise<void> {
  const total = first.headers.get('x-total-count');
  if (first.status !== 200 || (total === undefined && linksOf(first).has('next'))) return;
  const page = Math.ceil(Number(total ?? 0) / LIMIT) + 1_000; // far beyond concurrent appends
  const reply = await readPage(subject, `limit=${LIMIT}&page=${page}`);
  expectProblem(differences, 'a page past the end', reply, PAST_THE_END);
}
