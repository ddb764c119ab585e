import { compareDecimals } from '../dynamodb/decimal';

/** The JSON texts of the listed instances. */
export type Listed = { readonly elements: readonly string[] } | { readonly wrong: string };

const ELEMENT = /\{"uuid":(?:-?\d+|null),"name":"[^"\\]*(?:\\.[^"\\]*)*","id":(-?\d[\d.eE+-]*)\}(?=,\{|\]\}$)/y;

/** Parses a list strictly: three fields in order, ids ascending, numbers not rounded by a JSON parser. */
export function parseList(body: string): Listed {
  const start = '{"data":[';
  if (!body.startsWith(start)) return { wrong: `the body begins with ${JSON.stringify(body.slice(0, 80))}` };
  const elements: string[] = [];
  let previousId: string | undefined;
  ELEMENT.lastIndex = start.length;
  for (;;) {
    const position = ELEMENT.lastIndex;
    const [element, id] = ELEMENT.exec(body) ?? [];
    if (element === undefined || id === undefined)
      return { wrong: `malformed instance: ${body.slice(position, position + 80)}` };
    if (previousId !== undefined && compareDecimals(previousId, id) >= 0) {
      return { wrong: `id ${id} follows id ${previousId}` };
    }
    elements.push(element);
    if (body.startsWith(']}', ELEMENT.lastIndex)) return { elements };
    previousId = id;
    ELEMENT.lastIndex += 1; // the comma
  }
}
