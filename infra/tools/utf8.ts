const decoder = new TextDecoder('utf-8', { fatal: true });

/** Decodes UTF-8 strictly: a byte that was replaced would be a byte that was lost. A byte order mark is left out. */
export const decodeUtf8 = (bytes: Uint8Array): string => decoder.decode(bytes);
