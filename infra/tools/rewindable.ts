/** Creates a stream that can be read again from its start, as long as it keeps what was read. */
export function rewindable(chunks: AsyncIterable<Uint8Array>) {
  const iterator = chunks[Symbol.asyncIterator]();
  let kept: Uint8Array[] | undefined = [];
  const read = async function* () {
    for (;;) {
      const next = await iterator.next();
      if (next.done) return;
      kept?.push(next.value);
      yield next.value;
    }
  };
  return {
    read,
    /** Reads from the start, and stops keeping. */
    again: async function* () {
      const head = kept ?? [];
      kept = undefined;
      yield* head;
      yield* read();
    },
    /** Stops keeping. */
    forget: (): void => {
      kept = undefined;
    },
  };
}
