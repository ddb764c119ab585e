/** What a smoke test asks of an API, wherever that is. */
export type SmokeRequest = {
  /** Without: GET. */
  readonly method?: string;
  /** Without a question mark; without: no parameters. */
  readonly query?: string;
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What follows the list's own path, such as a slash. Without: nothing. */
  readonly suffix?: string;
  /** A whole URL, as a link gave it, in place of path and query. */
  readonly url?: string;
};

export type Reply = {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** The URL that was asked, which relative links refer to. */
  readonly url: string;
};

/** Sends a request to the API under test: over HTTP, or as an invocation of the function behind it. */
export type Call = (request: SmokeRequest) => Promise<Reply>;

/** An API under test, and a live token for it. */
export type Subject = { readonly call: Call; readonly token: string };

export const authorization = (token: string) => ({ authorization: `Token ${token}` });

const PATH = '/backend/lambda-instances';

/** Returns the URL of a request to the API at `base`, which has no slash at its end. */
export const urlOf = ({ url, suffix = '', query }: SmokeRequest, base: string): string =>
  url ?? `${base}${PATH}${suffix}${query === undefined ? '' : `?${query}`}`;
