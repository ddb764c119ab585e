import { fits, type GatewayResponse, maxResponseBytes } from './answer';
import type { EventSource } from './request';

/** Tests that responses of exactly these limits fit, and longer ones do not, whatever the escaping of their characters. */
export function testFits(limits: [EventSource, number][]): void {
  const withBody = (body: string): GatewayResponse => ({
    statusCode: 200,
    headers: { a: 'b' },
    body,
    isBase64Encoded: false,
  });
  const overhead = Buffer.byteLength(JSON.stringify(withBody('')));

  it.each(limits)('accepts responses for %s of up to %d bytes in total', (source, max) => {
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
}
