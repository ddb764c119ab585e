import { testFits } from './fits.testing';

describe('fits', () => {
  testFits([
    ['http-api', 6_291_556],
    ['rest-api', 6_291_556],
  ]);
});
