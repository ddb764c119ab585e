/** The tokens that this project creates: `lit_`, 43 random characters (256 bits), and their checksum in 6 more. */
import { randomInt } from 'node:crypto';

const PREFIX = 'lit_'; // "lambda instances token": what secret scanners search for
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const RANDOM_LENGTH = 43; // the fewest that hold 256 bits: 62^43 > 2^256
const CHECKSUM_LENGTH = 6; // the fewest that hold 32 bits

export function createToken(): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return PREFIX + random + checksum(random);
}

/**
 * Whether a token is mistyped, judged without looking it up: it has the prefix, but not the length or checksum that
 * belong to it. A token without the prefix was created elsewhere, in a form that is not known here.
 */
export function isMistyped(token: string): boolean {
  if (!token.startsWith(PREFIX)) return false;
  const random = token.slice(PREFIX.length, -CHECKSUM_LENGTH);
  return random.length !== RANDOM_LENGTH || token.slice(-CHECKSUM_LENGTH) !== checksum(random);
}

/** CRC-32 in base 62, padded with zeros, as in GitHub's tokens: it lets secret scanners sort out lookalikes. */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = '';
  while (digits.length < CHECKSUM_LENGTH) {
    digits = ALPHABET[rest % ALPHABET.length] + digits;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return digits;
}

/** The CRC-32 of node:zlib, which would add 2 ms to a cold start; bit by bit the first token takes 0.1 ms. */
function crc32(text: string): number {
  let crc = ~0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
