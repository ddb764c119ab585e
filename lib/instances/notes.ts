import type { Log } from '../log';
import type { Trace } from '../trace';
import type { LambdaInstance } from './lambdaInstance';
import type { Batches } from './source';

/** Observations made while reading instances; reported once the caller's token is verified. */
export class Notes {
  private items = 0;
  private damagedRecords = 0;
  private readonly damagedIds: string[] = [];
  private readonly fallbacks: unknown[] = [];

  addInstances(batch: readonly LambdaInstance[]): void {
    this.items += batch.length;
    for (const { id } of batch.filter(({ isDamaged }) => isDamaged)) {
      this.damagedRecords += 1;
      if (this.damagedIds.length < 10) this.damagedIds.push(id);
    }
  }

  /** Counts the instances of batches as they pass. */
  async *countInstances<End>(batches: Batches<End>): Batches<End> {
    try {
      for (let step = await batches.next(); ; step = await batches.next()) {
        if (step.done) return step.value;
        this.addInstances(step.value);
        yield step.value;
      }
    } finally {
      await batches.return(undefined as never); // ends the reading with its consumer
    }
  }

  addFallback(failure: unknown): void {
    this.fallbacks.push(failure);
  }

  report(trace: Trace, log: Pick<Log, 'warn'>): void {
    trace.items = this.items;
    trace.damagedRecords = this.damagedRecords;
    trace.indexFallbacks = this.fallbacks.length;
    for (const error of this.fallbacks) log.warn('page index unavailable', { error });
    if (this.damagedRecords > 0) {
      log.warn('damaged records were listed', { count: this.damagedRecords, ids: this.damagedIds });
    }
  }
}
