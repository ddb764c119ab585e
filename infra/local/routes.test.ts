import { basename } from 'node:path';
import { readRoutedFunctions } from './routes';

it('knows both spellings of the path as routes of one function', () => {
  const routed = readRoutedFunctions().filter(({ routeKeys }) => routeKeys.length > 0);
  expect(routed.map(({ bundle, routeKeys }) => [basename(bundle), routeKeys])).toEqual([
    ['listLambdaInstances.js', ['ANY /backend/lambda-instances', 'ANY /backend/lambda-instances/']],
  ]);
});
