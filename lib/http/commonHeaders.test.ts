import { EVENT_FORMATS } from '../../test/events';
import { commonHeaders } from './commonHeaders';
import { parseEvent } from './request';

const CONFIG = { publicBaseUrl: undefined, corsOrigins: [], compressRestResponses: false };
const ALWAYS = {
  'x-request-id': 'r-1',
  'x-content-type-options': 'nosniff',
  'strict-transport-security': 'max-age=63072000',
};
const HEADERS = ['Authorization', 'X-Api-Key'];
const VARY = 'Authorization, X-Api-Key';

describe('commonHeaders', () => {
  it.each(EVENT_FORMATS)('list in Vary the headers that matter for $name', ({ toEvent, source }) => {
    const vary = source === 'rest-api' ? VARY : `${VARY}, Accept-Encoding`;
    expect(commonHeaders(CONFIG, HEADERS, parseEvent(toEvent()), 'r-1')).toEqual({ ...ALWAYS, vary });
  });

  it('are sent for an unknown event', () => {
    expect(commonHeaders(CONFIG, HEADERS, undefined, 'r-1')).toEqual({ ...ALWAYS, vary: VARY });
  });

  it.each([
    ['https://app.example.org', { 'access-control-allow-origin': 'https://app.example.org' }],
    ['https://evil.example', {}],
    [undefined, {}],
  ])('include Origin in Vary if any origin is configured, also for %s', (origin, expected) => {
    const event = EVENT_FORMATS[0]?.toEvent({ headers: origin ? { Origin: origin } : {} });
    const config = { ...CONFIG, corsOrigins: ['https://app.example.org'] };
    const { 'access-control-expose-headers': _, ...headers } = commonHeaders(config, HEADERS, parseEvent(event), 'r-1');
    expect(headers).toEqual({ ...ALWAYS, vary: `${VARY}, Accept-Encoding, Origin`, ...expected });
  });

  it('vary a preflight with the headers that it reflects', () => {
    const event = EVENT_FORMATS[0]?.toEvent({ method: 'OPTIONS' });
    const { vary } = commonHeaders({ ...CONFIG, corsOrigins: ['*'] }, HEADERS, parseEvent(event), 'r-1');
    expect(vary).toBe(`${VARY}, Accept-Encoding, Origin, Access-Control-Request-Headers`);
  });
});
