import type { Sender } from './session';

/**
 * Returns a sender that runs at most `max` calls at once and queues the others; a call's timeout starts when it leaves
 * the queue. A call costs some 2 ms of CPU time, and a function of 512 MB has a third of a CPU: a thousand calls at once
 * would time out.
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
