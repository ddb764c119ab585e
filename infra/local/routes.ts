/** The HTTP API's routes, as they are deployed: events of the functions in serverless.yml, and routes in infra/aws/api.yml. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

export type RoutedFunction = {
  readonly bundle: string;
  readonly timeoutMs: number;
  /** Each a method or ANY, and a path. */
  readonly routeKeys: readonly string[];
};

type ServerlessFile = {
  readonly functions: Record<string, { handler: string; timeout: number; events?: { httpApi?: string }[] }>;
};
type Template = {
  readonly Resources: Record<string, { Type: string; Properties: { RouteKey: string; Target: string } }>;
};

const root = join(__dirname, '../..');

export function readRoutedFunctions(): RoutedFunction[] {
  const { functions } = readYaml<ServerlessFile>('serverless.yml');
  const { Resources } = readYaml<Template>('infra/aws/api.yml');
  const routes = Object.values(Resources).filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route');
  return Object.entries(functions).map(([name, { handler, timeout, events = [] }]) => {
    const integration = `\${HttpApiIntegration${name.charAt(0).toUpperCase()}${name.slice(1)}}`; // as osls names it
    return {
      bundle: join(root, handler.replace(/\.handler$/, '.js')),
      timeoutMs: timeout * 1000,
      routeKeys: [
        ...events.flatMap(({ httpApi }) => httpApi ?? []),
        ...routes.flatMap(({ Properties }) => (Properties.Target.includes(integration) ? Properties.RouteKey : [])),
      ],
    };
  });
}

function readYaml<T>(file: string): T {
  return parse(readFileSync(join(root, file), 'utf8'), { logLevel: 'silent' }); // !Ref is CloudFormation's, not YAML's
}
