/** Generates hostile events: those of every event source, with hostile parts, then mutated anywhere. */
import fc from 'fast-check';
import { EVENT_FORMATS, PATH, type WireRequest } from './events';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

const anyUnit = fc.nat({ max: 0xffff }).map((code) => String.fromCharCode(code));
const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: anyUnit }),
  fc.string().map((text) => text.repeat(500)),
);

const path = fc.oneof(
  { weight: 12, arbitrary: fc.constant(PATH) },
  fc.constantFrom(PATH, `${PATH}/`, `/v1${PATH}`, `${PATH}//`, '/', '', '//evil.example/backend/lambda-instances'),
  anyText.map((text) => `/${text}${PATH}`),
  anyText,
);

const method = fc.oneof(
  { weight: 12, arbitrary: fc.constant('GET') },
  fc.constantFrom('HEAD', 'OPTIONS', 'POST', 'get', ''),
  anyText,
);

const parameter = fc.oneof(
  fc.constantFrom(
    '1',
    '2',
    '0',
    '-1',
    '',
    '+1',
    '1.0',
    '1e3',
    '%31',
    '%',
    '%zz',
    '%00',
    '1%0a',
    '0x1',
    '-0.5e1',
    '1e125',
    '1e126',
    '٣',
    '1&limit=1',
  ),
  fc.bigInt({ min: -(10n ** 60n), max: 10n ** 60n }).map(String),
  anyText,
);

const query = fc.oneof(
  fc.constantFrom('', 'limit=2&page=2', 'page=0&limit=2', 'limit=2&page=9', 'limit=2&limit=2&page=1', 'limit=2'),
  parameter.map((after) => `limit=2&page=2&after=${after}`),
  fc
    .array(
      fc.tuple(fc.constantFrom('limit', 'page', 'after', 'Limit', 'page[]', '%6cimit', '__proto__', ''), parameter),
      { maxLength: 4 },
    )
    .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join('&')),
);

/** @param token a live token, which some of the events carry */
function headers(token: string) {
  const credential = fc.oneof(
    { weight: 16, arbitrary: fc.constant(`Token ${token}`) },
    fc.constantFrom(
      `Token ${token}`,
      token,
      `token   ${token}`,
      `Token ${token},`,
      'Token',
      'Basic Z29vZA==',
      'Token a b',
    ),
    anyText.map((text) => `Token ${text}`),
    anyText,
  );
  const values = fc.oneof(credential, fc.array(credential, { maxLength: 3 }));
  const names = fc.constantFrom('Authorization', 'Authentication', 'x-api-key', 'AUTHORIZATION', 'X-Api-Key');
  const others = fc.constantFrom(
    'Accept-Encoding',
    'If-None-Match',
    'Origin',
    'Host',
    'X-Forwarded-Proto',
    '__proto__',
    '',
  );
  const otherValue = fc.oneof(fc.constantFrom('gzip', 'br;q=0.5, *', '*', 'https', 'https://app.example.org'), anyText);
  return fc
    .tuple(fc.dictionary(names, values, { maxKeys: 2 }), fc.dictionary(others, otherValue, { maxKeys: 2 }))
    .map(([credentials, rest]) => ({ ...rest, ...credentials }));
}

/** A mutation of an event: the path of the member, and its new value. */
const change = fc.record({
  steps: fc.array(fc.nat(), { minLength: 1, maxLength: 4 }),
  value: fc.oneof(fc.jsonValue() as fc.Arbitrary<Json>, anyText, fc.constant(undefined)),
  kind: fc.constantFrom('replace', 'wrap', 'add'),
});

type Change = typeof change extends fc.Arbitrary<infer Value> ? Value : never;

export const hostileEvents = (token: string): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 1, arbitrary: fc.jsonValue() },
    {
      weight: 20,
      arbitrary: fc
        .tuple(
          fc.constantFrom(...EVENT_FORMATS),
          fc.record<WireRequest>({ path, method, query, headers: headers(token) }, { requiredKeys: ['headers'] }),
          fc.array(change, { maxLength: 3 }),
        )
        .map(([{ toEvent }, request, changes]) => changes.reduce(changed, toEvent(request) as Json)),
    },
  );

function changed(value: Json, { steps: [step, ...steps], ...how }: Change): Json {
  if (typeof value !== 'object' || value === null || step === undefined) return value;
  const entries: [string, Json][] = Object.entries(value);
  const index = step % (entries.length || 1);
  const [key, member] = entries[index] ?? ['added', null];
  const become =
    steps.length > 0 && typeof member === 'object' ? changed(member, { steps, ...how }) : replaced(member, how);
  const name = how.kind === 'add' ? `${key.toUpperCase()}` : key;
  const others = entries.filter(([other]) => other !== name);
  const members = become === undefined ? others : [...others, [name, become] as const];
  return Array.isArray(value) ? members.map(([, item]) => item) : Object.fromEntries(members);
}

function replaced(member: Json, { kind, value }: Pick<Change, 'kind' | 'value'>): Json | undefined {
  return kind === 'wrap' ? [member, ...(value === undefined ? [] : [value])] : value;
}
