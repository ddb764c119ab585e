import { createHash } from 'node:crypto';
import { type Extent, RefusedError } from '../errors';
import { maxResponseBytes } from '../http/answer';
import { type Coding, type Compressor, createCompressor } from '../http/coding';
import type { EventSource } from '../http/request';

export type FinishedBody = {
  readonly content: string | Buffer;
  /** Undefined: plain text, for example if too short to gain from compression. */
  readonly coding: Coding | undefined;
  /** Weak, since it identifies the text in any coding. */
  readonly etag: string;
};

const MIN_COMPRESSED_LENGTH = 1_400; // fits into one packet anyway
const MAX_TEXT_BYTES = 24 * 2 ** 20; // before compression: a bound on the caller's memory

/** Builds the text `{"data":[…]}` batch by batch. */
export class ListBody {
  private readonly hash = createHash('sha256');
  private readonly maxBytes: number;
  private text = '';
  private compressor: Compressor | undefined;
  private isEmpty = true;
  private textBytes = 0;
  private sentBytes = 0;

  constructor(
    source: EventSource,
    private readonly coding: Coding | undefined,
  ) {
    this.maxBytes = maxResponseBytes(source);
  }

  /** Returns whether `count` elements could fit if each were as short as `shortest`. */
  canHold(count: number, shortest: string): boolean {
    const bytes = this.coding ? shortest.length : sentLength(shortest);
    return count * (bytes + 1) <= Math.min(this.coding ? Number.POSITIVE_INFINITY : this.maxBytes, MAX_TEXT_BYTES);
  }

  /**
   * Appends elements, each a JSON text.
   *
   * @throws RefusedError response-too-large as soon as the body exceeds the limit
   */
  async add(elements: readonly string[]): Promise<void> {
    if (elements.length === 0) return;
    await this.append((this.isEmpty ? '{"data":[' : ',') + elements.join(','));
    this.isEmpty = false;
  }

  async finish(): Promise<FinishedBody> {
    await this.append(this.isEmpty ? '{"data":[]}' : ']}');
    const etag = `W/"${this.hash.digest('base64url').slice(0, 22)}"`;
    return this.compressor
      ? { content: await this.compressor.end(), coding: this.coding, etag }
      : { content: this.text, coding: undefined, etag };
  }

  private async append(text: string): Promise<void> {
    this.hash.update(text);
    this.textBytes += Buffer.byteLength(text);
    if (this.coding && !this.compressor && this.text.length + text.length > MIN_COMPRESSED_LENGTH) {
      this.compressor = createCompressor(this.coding);
      await this.compressor.write(this.text);
    }
    if (this.compressor) {
      await this.compressor.write(text);
      this.sentBytes = (this.compressor.size / 3) * 4; // base64
    } else {
      this.text += text;
      this.sentBytes += sentLength(text);
    }
    if (this.sentBytes > this.maxBytes || this.textBytes > MAX_TEXT_BYTES) throw responseTooLarge();
  }
}

/** Returns the length in bytes of a string within the response's JSON. */
const sentLength = (text: string): number => Buffer.byteLength(JSON.stringify(text)) - 2;

export const responseTooLarge = (extent: Extent = {}): RefusedError =>
  new RefusedError(
    'response-too-large',
    'The list does not fit into one response: pass limit and page, or a smaller limit',
    extent,
  );
