/** Compares replies with expectations, and describes the differences. */
import { TOKEN_HEADERS } from '../tokens/credential';
import type { Reply } from './call';
import { parseList } from './listBody';

/** The differences found so far, one sentence each. */
export type Differences = string[];

export function expectEqual(differences: Differences, what: string, actual: unknown, expected: unknown): void {
  const [is, shouldBe] = [JSON.stringify(actual) ?? 'missing', JSON.stringify(expected) ?? 'missing'];
  if (is !== shouldBe) differences.push(`${what} is ${shorten(is)}, not ${shorten(shouldBe)}`);
}

export function expectMatch(differences: Differences, what: string, actual: string | undefined, form: RegExp): void {
  if (actual === undefined) differences.push(`${what} is missing`);
  else if (!form.test(actual)) differences.push(`${what} is ${shorten(JSON.stringify(actual))}, not ${form}`);
}

const shorten = (text: string): string => (text.length > 200 ? `${text.slice(0, 200)}…` : text);

/** Checks the status and the common headers. @returns false for another status, whose body is not checked further */
export function expectStatus(differences: Differences, about: string, reply: Reply, status: number): boolean {
  expectEqual(differences, `${about}: the status`, reply.status, status);
  if (reply.status !== status) return false;
  expectHeaders(differences, about, reply, {
    'x-request-id': /./,
    'x-content-type-options': /^nosniff$/,
    'strict-transport-security': /^max-age=[1-9]/,
    vary: new RegExp(TOKEN_HEADERS.join('.*'), 'i'),
  });
  return true;
}

export function expectHeaders(
  differences: Differences,
  about: string,
  { headers }: Reply,
  forms: Readonly<Record<string, RegExp>>,
): void {
  for (const [name, form] of Object.entries(forms))
    expectMatch(differences, `${about}: ${name}`, headers.get(name), form);
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'bad request',
  401: 'unauthorized',
  404: 'not found',
  405: 'method not allowed',
};

/** Checks problem details for type and title, with the member `errors` for older clients. */
export function expectProblem(
  differences: Differences,
  about: string,
  reply: Reply,
  { status, problem, title }: { status: number; problem: string; title: string },
  headers: Readonly<Record<string, RegExp>> = {},
): void {
  if (!expectStatus(differences, about, reply, status)) return;
  expectHeaders(differences, about, reply, {
    'content-type': /^application\/problem\+json/,
    'cache-control': /^no-store$/,
    ...headers,
  });
  const { type, detail, ...body } = parseObject(reply.body);
  expectMatch(differences, `${about}: type`, text(type), new RegExp(`:${problem}$`));
  expectMatch(differences, `${about}: detail`, text(detail), /./);
  expectEqual(differences, `${about}: the rest of the body`, body, {
    title,
    status,
    instance: reply.headers.get('x-request-id'),
    errors: [{ message: title, code: status, details: REASONS[status] }],
  });
}

/** Checks a list, or the problem no-instances, since a new deployment is empty. @returns the elements */
export function expectList(differences: Differences, about: string, reply: Reply): readonly string[] {
  if (reply.status === 404) {
    expectProblem(differences, about, reply, { status: 404, problem: 'no-instances', title: 'No lambda instances' });
    return [];
  }
  if (!expectStatus(differences, about, reply, 200)) return [];
  expectHeaders(differences, about, reply, {
    'content-type': /^application\/json/,
    'cache-control': /^private, no-cache$/,
    etag: /^(W\/)?"[^"]+"$/,
  });
  const list = parseList(reply.body);
  if ('elements' in list) return list.elements;
  differences.push(`${about}: ${list.wrong}`);
  return [];
}

const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);

function parseObject(body: string): Record<string, unknown> {
  try {
    const json: unknown = JSON.parse(body);
    return typeof json === 'object' && json !== null ? { ...json } : {};
  } catch {
    return { 'not JSON': body };
  }
}
