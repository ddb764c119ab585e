/**
 * A plugin of the Serverless Framework (osls) that lets a release shift traffic: all callers of a function (HTTP API,
 * stream, schedule) use its alias `live`, which infra/aws/release.yml moves to the new version step by step.
 * osls can point events at an alias, but creates one only for provisioned concurrency. It also names each version by a
 * hash, to which the template's other parts cannot refer: they use `<Function>Version`, which this plugin replaces.
 * And it keeps the versions of a deployment that is rolled back, which could then not be deployed again, since Lambda does
 * not publish the same code twice in succession: this plugin lets the rollback delete them.
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
