import { assertSound, openTables, type Soak, soak, type Tables } from './soak';
import { builtFunction, type Target } from './targets';

describe('the built function, under load', () => {
  let tables: Tables;
  let target: Target;
  let seen: Soak;
  beforeAll(async () => {
    tables = await openTables();
    target = builtFunction(tables.environment);
    seen = await soak(target, tables.proxy, 4);
  });
  afterAll(async () => {
    await target.stop();
    await tables.stop();
  });

  it('answers rightly and leaks nothing', () => {
    expect(seen.calm.requests).toBeGreaterThan(0);
    expect(() => assertSound(target, seen)).not.toThrow();
  });

  it('answers 503 with Retry-After only while DynamoDB throttles', () => {
    expect(seen.burst.unavailable).toBeGreaterThan(0);
    expect(seen.calm.unavailable + seen.after.unavailable).toBe(0);
  });
});
