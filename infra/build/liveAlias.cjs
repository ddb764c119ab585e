/**
 * A plugin of the Serverless Framework (osls) that lets a release shift traffic: whatever calls a function (HTTP API,
 * stream, schedule) calls its alias `live`, which infra/aws/release.yml moves to the new version step by step.
 * osls can point events at an alias, but creates one only for provisioned concurrency; and it names each version by a
 * hash, so that the template's own parts could not refer to it: they write `<Function>Version` instead.
 * And it keeps versions even of a deployment that is rolled back, which could then not be deployed again: Lambda publishes
 * no second version of the same code in succession.
 */
module.exports = class LiveAlias {
  constructor(serverless) {
    const { naming } = serverless.getProvider('aws');
    const name = (functionName) => naming.getNormalizedFunctionName(functionName);

    this.hooks = {
      'before:package:initialize': () => {
        for (const [functionName, definition] of Object.entries(serverless.service.functions)) {
          if (definition.events.length === 0) continue;
          definition.targetAlias = { name: 'live', logicalId: `${name(functionName)}LiveAlias` };
        }
      },
      'after:aws:package:finalize:mergeCustomProviderResources': () => {
        let template = JSON.stringify(serverless.service.provider.compiledCloudFormationTemplate);
        for (const [functionName, { versionLogicalId }] of Object.entries(serverless.service.functions)) {
          if (!versionLogicalId) continue;
          template = template.replaceAll(`"${name(functionName)}Version"`, `"${versionLogicalId}"`);
        }
        const compiled = JSON.parse(template);
        for (const resource of Object.values(compiled.Resources)) {
          if (resource.Type === 'AWS::Lambda::Version') resource.DeletionPolicy = 'RetainExceptOnCreate';
        }
        serverless.service.provider.compiledCloudFormationTemplate = compiled;
      },
    };
  }
};
