/**
 * Text of a file or a table as a terminal may show it: control characters (escape sequences), format characters
 * (directions), separators and lone surrogates are written as in JSON, `\u001b`.
 */
export const printable = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  );

/** A value as JSON on one line, which a terminal may show. */
export const toJsonLine = (value: object): string => `${printable(JSON.stringify(value))}\n`;
