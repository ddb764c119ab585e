import { createTrace } from '../trace';
import { Notes } from './notes';

const instance = (id: number, isDamaged = false) => ({ id: String(id), uuid: '1', name: 'x', isDamaged });

function tell(notes: Notes) {
  const [trace, warn] = [createTrace(), jest.fn()];
  notes.tell(trace, { warn });
  return { trace, warnings: warn.mock.calls };
}

describe('notes', () => {
  it('tell how many instances there were, and nothing of what did not happen', () => {
    const notes = new Notes();
    notes.addInstances([instance(1), instance(2)]);
    notes.addInstances([]);
    notes.addInstances([instance(3)]);
    const { trace, warnings } = tell(notes);
    expect(trace).toEqual({ ...createTrace(), items: 3 });
    expect(warnings).toEqual([]);
  });

  it('tell how many records were damaged, and the ids of the first ten', () => {
    const notes = new Notes();
    for (let id = 1; id <= 24; id += 2) notes.addInstances([instance(id, true), instance(id + 1)]);
    const { trace, warnings } = tell(notes);
    expect(trace).toEqual({ ...createTrace(), items: 24, damagedRecords: 12 });
    const ids = ['1', '3', '5', '7', '9', '11', '13', '15', '17', '19'];
    expect(warnings).toEqual([['damaged records were listed', { count: 12, ids }]]);
  });

  it('tell each reason why the page index did not help', () => {
    const notes = new Notes();
    const [late, damaged] = [new Error('late'), new Error('damaged')];
    notes.addFallback(late);
    notes.addFallback(damaged);
    const { trace, warnings } = tell(notes);
    expect(trace).toEqual({ ...createTrace(), indexFallbacks: 2 });
    expect(warnings).toEqual([late, damaged].map((error) => ['the page index did not help', { error }]));
  });
});
