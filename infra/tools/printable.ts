/**
 * Escapes text from files or tables for terminals: control characters (escape sequences), format characters (directions),
 * separators and lone surrogates are written as in JSON, `\u001b`.
 */
export const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );

/** Writes a value as one line of JSON that is safe for terminals. */
export const toJsonLine = (value: object): string => `${printable(JSON.stringify(value))}\n`;
