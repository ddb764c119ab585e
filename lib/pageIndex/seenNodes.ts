import { childOf, isChildOf, type Node, narrow, type Place, ROOT, START, totalOf } from './node';

/** Where a row was when its nodes were last read. Only fresh nodes can confirm it. */
export type Guess = {
  /** The tree that the nodes belonged to. */
  readonly generation: string;
  /** The nodes on the way from the root, without the root: what to read in parallel with it. */
  readonly names: readonly string[];
  /** Undefined: the leaf has not been read yet. */
  readonly place: Place | undefined;
};

/**
 * The nodes that this process read last, of one tree, up to `maxEntries` entries: the least recently read go first. An
 * entry takes about 95 bytes, 120 with ids of 38 digits.
 */
export class SeenNodes {
  private readonly nodes = new Map<string, Node>(); // in the order of their last reading
  private size = 0;
  /** Whether the index has been asked at all, even without success. */
  isAsked = false;

  constructor(private readonly maxEntries = 50_000) {}

  /** The number of rows by the root as last read; infinite before the index is asked, undefined if it did not say. */
  get total(): number | undefined {
    const root = this.nodes.get(ROOT);
    if (root) return totalOf(root.entries);
    return this.isAsked ? undefined : Number.POSITIVE_INFINITY;
  }

  /** Remembers a node as it was just read. A root of another tree replaces everything. */
  add(node: Node): void {
    const root = this.nodes.get(ROOT);
    if (root?.generation !== node.generation) {
      if (node.name !== ROOT) return;
      for (const name of this.nodes.keys()) this.remove(name);
    }
    this.remove(node.name);
    this.nodes.set(node.name, node);
    this.size += node.entries.length;
    for (const name of this.nodes.keys()) {
      if (this.size <= this.maxEntries) break;
      this.remove(name);
    }
  }

  /** Returns where the row at `offset` was; undefined without a complete root. */
  guess(offset: number): Guess | undefined {
    const root = this.nodes.get(ROOT);
    if (!root || this.total === undefined) return undefined;
    const names: string[] = [];
    let place = START;
    for (let node: Node | undefined = root; node; ) {
      const step = narrow(node, place, offset);
      place = step.place;
      if (node.level === 0) return { generation: root.generation, names, place };
      const name = childOf(node, step.i);
      names.push(name);
      const child = this.nodes.get(name);
      node = child && isChildOf(child, node, step.i) ? child : undefined; // damaged nodes may lead in circles
    }
    return { generation: root.generation, names, place: undefined };
  }

  private remove(name: string): void {
    this.size -= this.nodes.get(name)?.entries.length ?? 0;
    this.nodes.delete(name);
  }
}
