import { basename } from 'node:path';
import { readRoutedFunctions } from './routes';

it('reads the one route, which takes every method and path', () => {
  const routed = readRoutedFunctions().filter(({ routeKeys }) => routeKeys.length > 0);
  expect(routed.map(({ bundle, routeKeys }) => [basename(bundle), routeKeys])).toEqual([
    ['listLambdaInstances.js', ['$default']],
  ]);
});
