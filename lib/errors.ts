export type Refusal =
  | 'unknown-event'
  | 'not-found'
  | 'method-not-allowed'
  | 'invalid-token'
  | 'missing-parameter'
  | 'bad-parameter'
  | 'non-positive-parameter'
  | 'no-instances'
  | 'page-out-of-range'
  | 'response-too-large';

/** The collection's size, for a caller that requested a wrong page or too much. */
export type Extent = { readonly total?: number | undefined; readonly lastPage?: number | undefined };

/** Details of a refusal for the log only: without secrets and the caller's own text. */
export type RefusalNote = {
  /** Why a token was refused. */
  readonly reason?: string;
  /** Of the row whose token was refused. */
  readonly tokenId?: string | undefined;
  /** The parameter that was refused. */
  readonly parameter?: string;
};

/** A failure that the caller can fix; `message` says how. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  constructor(
    readonly refusal: Refusal,
    message: string,
    readonly extent: Extent = {},
    readonly note: RefusalNote = {},
  ) {
    super(message);
  }
}

/** A transient failure: DynamoDB throttled, failing, garbled or late. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';
}

// Any other error is a bug or a wrong deployment.
