import { setImmediate } from 'node:timers/promises';
import { ControlLoop } from '../../../../src/demo/cluster/control-loop.ts';

describe('the control loop', () => {
  const ran: string[] = [];
  const loop = new ControlLoop();
  const enqueue = (key: string) => loop.enqueue(key, () => ran.push(key));

  beforeEach(() => {
    ran.length = 0;
  });

  it('runs what is due in its order, and a key that is due already only once', async () => {
    for (const key of ['a', 'b', 'a', 'c']) enqueue(key);
    expect(ran).toEqual([]);
    await setImmediate();
    expect(ran).toEqual(['a', 'b', 'c']);
  });

  it('leaves what is enqueued meanwhile for the next round, so that requests get their turn', async () => {
    loop.enqueue('first', () => enqueue('second'));
    await setImmediate();
    expect(ran).toEqual([]);
    await setImmediate();
    expect(ran).toEqual(['second']);
  });

  it('lets work pile up while it is held, by however many', async () => {
    loop.hold();
    loop.hold();
    enqueue('late');
    loop.release();
    await setImmediate();
    expect(ran).toEqual([]);
    loop.release();
    await setImmediate();
    expect(ran).toEqual(['late']);
  });

  it('does nothing more once it is stopped', async () => {
    enqueue('due');
    loop.stop();
    enqueue('later');
    await setImmediate();
    expect(ran).toEqual([]);
  });
});
