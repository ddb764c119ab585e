/** A value with its history. */
export class History<Value> {
  readonly #states: { since: number; value: Value }[];

  constructor(value: Value) {
    this.#states = [{ since: Number.NEGATIVE_INFINITY, value }];
  }

  get now(): Value {
    return this.asOf(Number.POSITIVE_INFINITY);
  }

  asOf(tick: number): Value {
    const state = this.#states.findLast(({ since }) => since <= tick) ?? this.#states[0];
    if (!state) throw new RangeError('a history without a state');
    return state.value;
  }

  /** Forgets states older than `maxAge` ticks. */
  add(tick: number, value: Value, maxAge: number): void {
    this.#states.push({ since: tick, value });
    while ((this.#states[1]?.since ?? tick + 1) <= tick - maxAge) this.#states.shift();
  }
}
