import { readRoutedFunctions } from './routes';

it('reads the one route, which takes every method and path', () => {
  const routed = readRoutedFunctions().filter(({ routeKeys }) => routeKeys.length > 0);
  expect(routed).toEqual([{ name: 'listLambdaInstances', timeoutMs: 20_000, routeKeys: ['$default'] }]);
});
