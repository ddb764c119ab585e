import { Tokenizer, TokenizerError, TokenParser, TokenParserError, TokenType } from '@streamparser/json';

/** The byte offsets of a document's records: begin, end, begin, end, … */
export type Spans = readonly number[];

/** A document that does not parse. */
export class DocumentError extends Error {
  constructor(
    message: string,
    /** In bytes, from the start of the document. */
    readonly offset: number,
  ) {
    super(message);
  }
}

type Token = Parameters<Tokenizer['onToken']>[0];

const BOM_LENGTH = 3;

/**
 * Locates the records of a JSON document: the elements of an array, or of the API's own `{"data":[…]}`; any other object
 * is itself a record. Parses the document as a stream, without keeping it in memory.
 *
 * @throws DocumentError with the position if it does not parse
 */
export async function findSpans(chunks: AsyncIterable<Uint8Array>): Promise<Spans> {
  const tokenizer = new Tokenizer({ stringBufferSize: 4_096 });
  const grammar = new TokenParser({ paths: ['$.*', '$.data.*'], keepStack: false }); // drops completed values
  grammar.onValue = () => {};
  const finder = createFinder();
  let last: Token | undefined;
  tokenizer.onToken = (token) => {
    last = token;
    grammar.write(token);
    finder.take(token);
  };
  let length = 0;
  let bom: number | undefined;
  try {
    for await (const chunk of chunks) {
      bom ??= chunk[0] === 0xef ? BOM_LENGTH : 0; // the tokenizer's offsets exclude it
      length += chunk.length;
      tokenizer.write(chunk);
    }
    tokenizer.end();
  } catch (error) {
    throw toDocumentError(error, last, { bom, length });
  }
  if (!grammar.isEnded) throw new DocumentError('it ends too early', length);
  return finder.spans(length - (bom ?? 0)).map((offset) => offset + (bom ?? 0));
}

type Position = { readonly bom: number | undefined; readonly length: number };

function toDocumentError(error: unknown, last: Token | undefined, { bom = 0, length }: Position): unknown {
  if (error instanceof TokenParserError && last) {
    const text = last.token === TokenType.STRING ? JSON.stringify(last.value) : String(last.value);
    return new DocumentError(`unexpected ${text.length > 40 ? `${text.slice(0, 40)}…` : text}`, bom + last.offset);
  }
  if (error instanceof TokenizerError) {
    const [, character, offset] = /^Unexpected "(.)".* \(absolute position "(\d+)"\)/s.exec(error.message) ?? [];
    if (character === undefined) return new DocumentError('it ends too early', length);
    return new DocumentError(`unexpected ${JSON.stringify(character)}`, Number(offset));
  }
  if ((error as { code?: unknown }).code === 'ERR_ENCODING_INVALID_ENCODED_DATA')
    return new DocumentError('it is not UTF-8 from here on', bom + (last?.offset ?? 0));
  return error;
}

/** Follows the tokens of a document until it ends or does not parse. */
function createFinder() {
  const spans: number[] = [];
  let first: Token | undefined;
  let previous: TokenType | undefined;
  let depth = 0;
  let listDepth: number | undefined; // inside the array whose elements are records
  let begin: number | undefined; // of the current record
  let [members, firstMember]: [number, unknown] = [0, undefined]; // of the outermost object

  return {
    take: (token: Token): void => {
      const { token: type, offset, value } = token;
      first ??= token;
      if (depth === listDepth) {
        const isEnd = type === TokenType.COMMA || type === TokenType.RIGHT_BRACKET;
        if (!isEnd) begin ??= offset;
        else if (begin !== undefined) spans.push(begin, offset);
        if (isEnd) begin = undefined;
      }
      const isName = previous === TokenType.LEFT_BRACE || previous === TokenType.COMMA;
      if (depth === 1 && type === TokenType.STRING && isName) {
        if (members === 0) firstMember = value;
        members += 1;
      }
      if (type === TokenType.LEFT_BRACE || type === TokenType.LEFT_BRACKET) depth += 1;
      if (type === TokenType.RIGHT_BRACE || type === TokenType.RIGHT_BRACKET) depth -= 1;
      if (
        type === TokenType.LEFT_BRACKET &&
        (depth === 1 || (depth === 2 && members === 1 && firstMember === 'data'))
      ) {
        listDepth ??= depth;
      }
      previous = type;
    },
    /** @param length of the document, in bytes */
    spans: (length: number): Spans =>
      listDepth === 1 || (listDepth === 2 && members === 1) ? spans : [first?.offset ?? 0, length],
  };
}
