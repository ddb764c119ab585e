/** Reads the routes of the HTTP API from the functions' events in serverless.yml. */
import { readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'yaml';

export type RoutedFunction = {
  /** The name of its file in handlers/. */
  readonly name: string;
  readonly timeoutMs: number;
  /** Each is a method or ANY with a path, or `$default`. */
  readonly routeKeys: readonly string[];
};

type ServerlessFile = {
  readonly functions: Record<string, { handler: string; timeout: number; events?: { httpApi?: string }[] }>;
};

const root = join(__dirname, '../..');

export function readRoutedFunctions(): RoutedFunction[] {
  const text = readFileSync(join(root, 'serverless.yml'), 'utf8');
  const { functions }: ServerlessFile = parse(text, { logLevel: 'silent' }); // !Ref is CloudFormation's, not YAML's
  return Object.values(functions).map(({ handler, timeout, events = [] }) => ({
    name: basename(handler, '.handler'),
    timeoutMs: timeout * 1000,
    routeKeys: events.flatMap(({ httpApi }) => (httpApi === '*' ? '$default' : (httpApi ?? []))),
  }));
}
