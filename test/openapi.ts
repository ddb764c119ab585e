/** Validates responses against docs/openapi.yaml, so that undocumented ones fail a test. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Ajv2020, { type ErrorObject, type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { parse } from 'yaml';
import { receive } from '../infra/local/receive';
import type { GatewayResponse } from '../lib/http/answer';

type Reference = { readonly $ref: string };
type Header = { readonly required?: boolean; readonly schema: object };
type Example = { readonly value: { readonly type?: string } };
type Schema = {
  readonly type?: string | readonly string[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  additionalProperties?: boolean;
};
type Content = { readonly examples: Readonly<Record<string, Example>> };
type Response = {
  readonly headers?: Readonly<Record<string, Reference>>;
  readonly content?: Readonly<Record<string, Content>>;
};
type Operation = { readonly responses: Readonly<Record<string, Reference>> };
type Description = {
  readonly paths: { readonly [PATH]: Readonly<Record<string, Operation>> };
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>;
};

const PATH = '/backend/lambda-instances';
const description: Description = parse(readFileSync(join(__dirname, '../docs/openapi.yaml'), 'utf8'));
const operations = description.paths[PATH];

/** The bodies that the description shows as answers to GET. */
export const EXAMPLES = Object.entries(operations.get?.responses ?? {}).flatMap(([status, reference]) =>
  Object.values(find<Response>(reference).content ?? {}).flatMap(({ examples }) =>
    Object.entries(examples).map(([name, { value }]) => ({ status: Number(status), name, value })),
  ),
);

/**
 * Fails unless the description has this answer: its status, each of its headers, and its body. Clients have to accept
 * members and problem types that are added later, so the description leaves these open; an answer of today has none
 * that the description does not name.
 */
export function expectDescribed(response: GatewayResponse, { method }: { readonly method: string }): void {
  const received = receive(response);
  const { 'content-type': mediaType, ...headers } = received.headers;
  const described = describedAnswer(method, response.statusCode);
  expect(errorsOf(described.headers, { ...headers })).toEqual([]);
  expect(mediaType).toEqual(describedAnswer(method === 'HEAD' ? 'GET' : method, response.statusCode).mediaType);
  if (method === 'HEAD' || !described.body) {
    expect(response).toMatchObject({ body: '', isBase64Encoded: false });
    return;
  }
  const body = JSON.parse(received.text);
  expect(errorsOf(described.body, body)).toEqual([]);
  if (response.statusCode >= 400) {
    expect(body).toMatchObject({ instance: headers['x-request-id'] });
    expect(described.problemTypes).toContain(body.type);
  }
}

type DescribedAnswer = {
  readonly headers: ValidateFunction;
  readonly mediaType: string | undefined;
  readonly body: ValidateFunction | undefined;
  readonly problemTypes: readonly string[];
};

// Not strict: the document is more than a schema; the linter checks its keywords.
const bodies = addFormats(new Ajv2020({ allErrors: true, strict: false })).addSchema(closed(), 'description');
const fields = new Ajv2020({ allErrors: true, strict: false, coerceTypes: true }); // numbers in headers are strings
const describedAnswers = new Map<string, DescribedAnswer>();

/** The description, with objects that hold the members it names and no others, and integers for uuids. */
function closed(): Description {
  const copy = structuredClone(description);
  const close = (schema: Schema): void => {
    if (schema.type === 'object') schema.additionalProperties = false;
    if (schema.items) close(schema.items);
    for (const member of Object.values(schema.properties ?? {})) close(member);
  };
  const schemas = copy.components.schemas as Readonly<Record<string, Schema>>;
  for (const schema of Object.values(schemas)) close(schema);
  Object.assign(schemas.LambdaInstance?.properties?.uuid ?? {}, { type: ['integer', 'null'] });
  return copy;
}

/** A method that has no operation is not allowed, which the description says under GET. */
function describedAnswer(method: string, status: number): DescribedAnswer {
  const operation = operations[method.toLowerCase()];
  const reference = (operation ?? operations.get)?.responses[status];
  if (!reference || (status === 405) !== (operation === undefined)) {
    throw new Error(`docs/openapi.yaml does not document the status ${status} for ${method}`);
  }
  const described = describedAnswers.get(reference.$ref) ?? compile(reference);
  describedAnswers.set(reference.$ref, described);
  return described;
}

function compile(reference: Reference): DescribedAnswer {
  const { headers = {}, content = {} } = find<Response>(reference);
  const named = Object.entries(headers).map(([name, header]) => [name.toLowerCase(), find<Header>(header)] as const);
  const [mediaType] = Object.keys(content);
  const examples = Object.values(content).flatMap((each) => Object.values(each.examples));
  const schema = `description${reference.$ref}/content/${mediaType?.replace('/', '~1')}/schema`;
  return {
    headers: fields.compile({
      type: 'object',
      properties: Object.fromEntries(named.map(([name, header]) => [name, header.schema])),
      required: named.flatMap(([name, { required }]) => (required ? name : [])),
      additionalProperties: false,
    }),
    mediaType,
    body: mediaType ? bodies.compile({ $ref: schema }) : undefined,
    problemTypes: examples.flatMap(({ value }) => value.type ?? []),
  };
}

/** Resolves `#/components/<kind>/<name>`. */
function find<Component>({ $ref }: Reference): Component {
  const [kind = '', name = ''] = $ref.split('/').slice(2);
  return description.components[kind]?.[name] as Component;
}

function errorsOf(validate: ValidateFunction, value: unknown): (ErrorObject | string)[] {
  validate(value);
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
  );
}
