import type { Sender } from './session';

/**
 * A sender with at most `max` calls under way: the others wait for their turn, and the time that each may take begins
 * with it. A call costs some 2 ms of CPU, and a function of 512 MB has a third of one: a thousand calls at once would
 * be taken for an outage.
 */
export function limitCalls(sender: Sender, max = 50): Sender {
  let free = max;
  const waiting: (() => void)[] = [];
  const send = async (command: Parameters<Sender['send']>[0]): Promise<unknown> => {
    if (free > 0) free -= 1;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await sender.send(command);
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free += 1;
    }
  };
  return { send: send as Sender['send'] };
}
