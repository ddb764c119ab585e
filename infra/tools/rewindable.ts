/** A stream that can be read again from its start, as long as what was read of it is kept. */
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
    /** Reads from the start; nothing is kept any more. */
    again: async function* () {
      const head = kept ?? [];
      kept = undefined;
      yield* head;
      yield* read();
    },
    /** Keeps nothing any more. */
    forget: (): void => {
      kept = undefined;
    },
  };
}
