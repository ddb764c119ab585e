import { fits, type GatewayResponse, maxResponseBytes } from './answer';
import type { EventSource } from './request';

describe('fits', () => {
  const withBody = (body: string): GatewayResponse => ({
    statusCode: 200,
    headers: { a: 'b' },
    body,
    isBase64Encoded: false,
  });
  const overhead = Buffer.byteLength(JSON.stringify(withBody('')));

  it.each<[EventSource, number]>([
    ['http-api', 6_291_556],
    ['rest-api', 6_291_556],
  ])('accepts responses for %s of up to %d bytes in total', (source, max) => {
    expect(maxResponseBytes(source)).toBe(max);
    for (const unit of ['a', '"', '\n', '\u0001', 'é', '😀', '\ud800']) {
      const bytes = Buffer.byteLength(JSON.stringify(unit)) - 2;
      const units = Math.floor((max - overhead) / bytes);
      const exact = withBody(unit.repeat(units) + 'a'.repeat(max - overhead - units * bytes));
      expect(Buffer.byteLength(JSON.stringify(exact))).toBe(max);
      expect(fits(exact, source)).toBe(true);
      expect(fits({ ...exact, body: `${exact.body}a` }, source)).toBe(false);
    }
  });
});
