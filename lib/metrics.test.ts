import { embedMetrics } from './metrics';

const context = { functionName: 'list', functionVersion: '7' };

describe('embedMetrics', () => {
  it('writes counts per function, and the given ones per version too', () => {
    expect(embedMetrics(context, { ReadUnits: 2.5, InternalErrors: 1 }, ['InternalErrors'], 1_795_547_038_000)).toEqual(
      {
        FunctionName: 'list',
        FunctionVersion: '7',
        ReadUnits: 2.5,
        InternalErrors: 1,
        _aws: {
          Timestamp: 1_795_547_038_000,
          CloudWatchMetrics: [
            {
              Namespace: 'LambdaInstances',
              Dimensions: [['FunctionName']],
              Metrics: [
                { Name: 'ReadUnits', Unit: 'Count' },
                { Name: 'InternalErrors', Unit: 'Count' },
              ],
            },
            {
              Namespace: 'LambdaInstances',
              Dimensions: [['FunctionName', 'FunctionVersion']],
              Metrics: [{ Name: 'InternalErrors', Unit: 'Count' }],
            },
          ],
        },
      },
    );
  });

  it('omits counts of 0, and the whole object if all are 0', () => {
    const written = embedMetrics(context, { ReadUnits: 1, InternalErrors: 0 }, ['InternalErrors']);
    expect(written).not.toHaveProperty('InternalErrors');
    expect(written).toMatchObject({ _aws: { CloudWatchMetrics: [{ Metrics: [{ Name: 'ReadUnits' }] }] } });
    expect(embedMetrics(context, { ReadUnits: 0, InternalErrors: 0 }, ['InternalErrors'])).toEqual({});
  });

  it.each([undefined, null, {}, 'context'])('names the function of the context %j "unknown"', (unknown) => {
    expect(embedMetrics(unknown, { ReadUnits: 1 })).toMatchObject({
      FunctionName: 'unknown',
      FunctionVersion: 'unknown',
    });
  });
});
