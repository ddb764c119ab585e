/** Pulls all batches; returns their elements and the generator's return value. */
export async function collect<Item, End>(
  batches: AsyncGenerator<readonly Item[], End>,
  accept: (batch: readonly Item[]) => void = () => {},
): Promise<{ readonly items: Item[]; readonly end: End }> {
  const items: Item[] = [];
  for (let step = await batches.next(); ; step = await batches.next()) {
    if (step.done) return { items, end: step.value };
    items.push(...step.value);
    accept(step.value);
  }
}
