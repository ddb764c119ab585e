import type { Carry } from './simulatedDynamo';

/** Carries calls out in turns, all that wait at once: parallel calls make one turn, sequential calls one each. */
export function inTurns() {
  const cost = { calls: 0, turns: 0 };
  let turn: Promise<void> | undefined;
  const carry: Carry = async (_command, execute) => {
    cost.calls += 1;
    turn ??= new Promise((resolve) => {
      setImmediate(() => {
        turn = undefined;
        cost.turns += 1;
        resolve();
      });
    });
    await turn;
    return execute();
  };
  return { carry, cost };
}
