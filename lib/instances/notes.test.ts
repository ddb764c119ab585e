import { collect } from '../../test/batches';
import { createTrace } from '../trace';
import { Notes } from './notes';

const instance = (id: number, isDamaged = false) => ({ id: String(id), uuid: '1', name: 'x', isDamaged });

function report(notes: Notes) {
  const [trace, warn] = [createTrace(), jest.fn()];
  notes.report(trace, { warn });
  return { trace, warnings: warn.mock.calls };
}

describe('notes', () => {
  it('end the reading when their consumer does', async () => {
    const ended = jest.fn();
    async function* batches() {
      try {
        for (;;) yield [instance(1)];
      } finally {
        ended();
      }
    }
    for await (const _ of new Notes().countInstances(batches())) break;
    expect(ended).toHaveBeenCalled();
  });

  it('count the instances of batches as they pass, and preserve the return value', async () => {
    const notes = new Notes();
    async function* batches() {
      yield [instance(1), instance(2, true)];
      yield [instance(3)];
      return 'end';
    }
    const { items, end } = await collect(notes.countInstances(batches()));
    expect([items.map(({ id }) => id), end]).toEqual([['1', '2', '3'], 'end']);
    expect(report(notes).trace).toEqual({ ...createTrace(), items: 3, damagedRecords: 1 });
  });

  it('report the number of instances, without warnings if all went well', () => {
    const notes = new Notes();
    notes.addInstances([instance(1), instance(2)]);
    notes.addInstances([]);
    notes.addInstances([instance(3)]);
    const { trace, warnings } = report(notes);
    expect(trace).toEqual({ ...createTrace(), items: 3 });
    expect(warnings).toEqual([]);
  });

  it('report the number of damaged records and the ids of the first ten', () => {
    const notes = new Notes();
    for (let id = 1; id <= 24; id += 2) notes.addInstances([instance(id, true), instance(id + 1)]);
    const { trace, warnings } = report(notes);
    expect(trace).toEqual({ ...createTrace(), items: 24, damagedRecords: 12 });
    const ids = ['1', '3', '5', '7', '9', '11', '13', '15', '17', '19'];
    expect(warnings).toEqual([['damaged records were listed', { count: 12, ids }]]);
  });

  it('report each failure of the page index', () => {
    const notes = new Notes();
    const [late, damaged] = [new Error('late'), new Error('damaged')];
    notes.addFallback(late);
    notes.addFallback(damaged);
    const { trace, warnings } = report(notes);
    expect(trace).toEqual({ ...createTrace(), indexFallbacks: 2 });
    expect(warnings).toEqual([late, damaged].map((error) => ['page index unavailable', { error }]));
  });
});
