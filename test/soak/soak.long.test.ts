import { assertSound, openTables, type Soak, soak, type Tables } from './soak';
import { builtFunction, type Target } from './targets';
import { assertCounted, soakUpkeep } from './upkeep';

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

it('answers no page with 503 while maintainPageIndex counts a large batch of the same partition', async () => {
  const upkeep = await soakUpkeep(2_000); // of DynamoDB's 3,000; the maintainer takes 1,500, readers some 300
  expect(upkeep.pages).toBeGreaterThan(0);
  expect(upkeep.unavailable).toBe(0);
  expect(() => assertCounted(upkeep)).not.toThrow();
}, 120_000);
