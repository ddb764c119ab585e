import { type Attributes, parseAttributes, parseJson, writeAttributes } from './attributeJson';
import { readLines } from './lines';
import { openTemporaryFile } from './temporaryFile';

type Waiting = { readonly place: string; readonly attributes: Attributes };

/** Keeps records for later on disk, since they may exceed the memory. */
export async function openWaitingRecords() {
  const file = await openTemporaryFile();
  let buffered: string[] = [];
  const flush = async () => {
    await file.appendFile(buffered.join(''));
    buffered = [];
  };
  return {
    add: async (place: string, attributes: Attributes): Promise<void> => {
      buffered.push(`{"place":${JSON.stringify(place)}}\n${writeAttributes(attributes)}\n`);
      if (buffered.length >= BUFFERED_RECORDS) await flush();
    },
    /** Yields them in the order in which they were added. */
    readAll: async function* (): AsyncGenerator<Waiting, void> {
      await flush();
      const lines = readLines(file.createReadStream({ start: 0, autoClose: false }));
      for await (const { bytes } of lines) {
        const { place } = JSON.parse(bytes.toString()) as { place: string };
        const record = (await lines.next()).value;
        if (record) yield { place, attributes: parseAttributes(parseJson(record.bytes.toString())) };
      }
    },
    close: () => file.close(),
  };
}

const BUFFERED_RECORDS = 1_000;
