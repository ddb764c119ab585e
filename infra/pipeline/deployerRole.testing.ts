/** The template of the deployer's role, and the role as CloudFormation resolves it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { ACCOUNT } from './callTargets.testing';
import type { Statement } from './iamPolicy.testing';

export const deployerText = readFileSync(join(__dirname, 'deployer.yml'), 'utf8');
export const deployerTemplate = parse(deployerText);

type Role = {
  readonly MaxSessionDuration: number;
  readonly AssumeRolePolicyDocument: { readonly Statement: readonly object[] };
  readonly Policies: readonly [{ readonly PolicyDocument: { readonly Statement: readonly Statement[] } }];
};

/** Returns the role of a stage, with parameters and pseudo parameters resolved. */
export function deployerRole(stage: string): Role {
  const variables: Readonly<Record<string, string>> = {
    'AWS::Partition': 'aws',
    'AWS::AccountId': ACCOUNT,
    Stage: stage,
    Repository: 'octo-org/octo-repo',
  };
  return JSON.parse(JSON.stringify(deployerTemplate.Resources.Deployer.Properties), (_, part) => {
    const text = part?.['Fn::Sub'] ?? (part?.Ref === undefined ? undefined : `\${${part.Ref}}`);
    return typeof text === 'string' ? text.replace(/\$\{([\w:]+)\}/g, (_, name) => variables[name] ?? name) : part;
  });
}
