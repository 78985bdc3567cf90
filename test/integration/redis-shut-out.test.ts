import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { Seen } from '../support/seen.ts';
import { spawnWorker } from '../support/spawn-worker.ts';

const PASSWORD = 'correct-horse';
/** More than the connections of a worker: each of them has come again. */
const REFUSALS = 40;

const REFUSAL = '-WRONGPASS invalid username-password pair or user is disabled.\r\n';

describe('a worker whose password Redis refuses', () => {
  const refused = new Seen<string>();
  let server: Server;
  let worker: ReturnType<typeof spawnWorker> | undefined;

  beforeAll(async () => {
    server = createServer(socket => {
      socket.on('error', () => undefined);
      socket.on('data', said => {
        const commands = said.toString().split(/^(?=\*\d+\r$)/m);
        for (const command of commands) refused.add(command);
        socket.write(REFUSAL.repeat(commands.length));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterAll(() => {
    worker?.kill('SIGKILL');
    server.close();
  });

  test('says so once, with where to look, and logs no password', async () => {
    const { port } = server.address() as AddressInfo;
    worker = spawnWorker(`redis://:${PASSWORD}@127.0.0.1:${port}`);
    let log = '';
    worker.stderr.setEncoding('utf8').on('data', (piece: string) => {
      log += piece;
    });
    await refused.until(REFUSALS);
    worker.kill('SIGKILL');
    await once(worker.stderr, 'close');
    expect(refused.all.some(said => said.includes(PASSWORD))).toBe(true);
    expect(log).not.toContain(PASSWORD);
    const errors = log.split('\n').filter(line => line.includes('"level":"error"'));
    expect(errors).toEqual([expect.stringMatching(/Redis does not let us in.* REDIS_URL .*WRONGPASS/)]);
  });
});
