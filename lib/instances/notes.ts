import type { Log } from '../log';
import type { Trace } from '../trace';
import type { LambdaInstance } from './lambdaInstance';

/** What was met while instances were read. Told once it is certain that the caller may have them. */
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

  addFallback(failure: unknown): void {
    this.fallbacks.push(failure);
  }

  tell(trace: Trace, log: Pick<Log, 'warn'>): void {
    trace.items = this.items;
    trace.damagedRecords = this.damagedRecords;
    trace.indexFallbacks = this.fallbacks.length;
    for (const error of this.fallbacks) log.warn('the page index did not help', { error });
    if (this.damagedRecords > 0) {
      log.warn('damaged records were listed', { count: this.damagedRecords, ids: this.damagedIds });
    }
  }
}
