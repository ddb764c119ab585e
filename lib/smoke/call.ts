/** A request of the smoke test, independent of how it is sent. */
export type SmokeRequest = {
  /** Undefined: GET. */
  readonly method?: string;
  /** Without a question mark; undefined: no parameters. */
  readonly query?: string;
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Appended to the list's path, such as a slash. */
  readonly suffix?: string;
  /** A whole URL from a link, in place of path and query. */
  readonly url?: string;
};

export type Reply = {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** The requested URL, the base of relative links. */
  readonly url: string;
};

/** Sends a request to the API under test, over HTTP or by invoking its function. */
export type Call = (request: SmokeRequest) => Promise<Reply>;

/** An API under test, and a live token for it. */
export type Subject = { readonly call: Call; readonly token: string };

export const authorization = (token: string) => ({ authorization: `Token ${token}` });

const PATH = '/backend/lambda-instances';

/** Returns the URL of a request to the API at `base`, which has no trailing slash. */
export const urlOf = ({ url, suffix = '', query }: SmokeRequest, base: string): string =>
  url ?? `${base}${PATH}${suffix}${query === undefined ? '' : `?${query}`}`;
