/** A token of this project's own making: `lit_`, 43 random characters (256 bits), and their checksum in 6 more. */
import { randomInt } from 'node:crypto';

const PREFIX = 'lit_'; // lambda instances token: what a secret scanner looks for
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 43; // the least that 256 bits take: 62^43 > 2^256
const CHECKSUM_LENGTH = 6; // the least that 32 bits take

export function createToken(): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return PREFIX + random + checksum(random);
}

/**
 * Whether a token can be told to be mistyped without looking it up: it has the prefix, but not the form or checksum
 * that go with it. A token without the prefix was made elsewhere, and nothing is known of its form.
 */
export function isMistyped(token: string): boolean {
  if (!token.startsWith(PREFIX)) return false;
  const random = token.slice(PREFIX.length, -CHECKSUM_LENGTH);
  return random.length !== RANDOM_LENGTH || token.slice(-CHECKSUM_LENGTH) !== checksum(random);
}

/** As in GitHub's tokens: CRC-32 in base 62, padded with zeros, so that secret scanners can tell a token from a lookalike. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  while (digits.length < CHECKSUM_LENGTH) {
    digits = ALPHABET[rest % ALPHABET.length] + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}

/** The CRC-32 of node:zlib, which takes a cold start 2 ms to load; bit by bit it is 0.1 ms for the first token. */
function crc32(text: string): number {
  let crc = ~0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
