import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/** What lies between a client and a server on loopback, and can be taken away. */
export interface SwitchableProxy {
  readonly port: number;
  /** Breaks every connection and refuses new ones, until `restore`. */
  cut(): Promise<void>;
  /** Lets every connection stand, and new ones come, and passes nothing on; those never hear anything any more. */
  stall(): void;
  restore(): Promise<void>;
}

export async function startSwitchableProxy(target: number): Promise<SwitchableProxy> {
  const sockets = new Set<Socket>();
  let stalled = false;
  const silence = (socket: Socket) => {
    socket.unpipe();
    socket.resume();
  };
  const join = (near: Socket) => {
    const far = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one);
      if (stalled) silence(one);
      else one.pipe(other);
      // An error is followed by the close.
      one.on('error', () => other.destroy());
      one.once('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  };
  const listen = async (port: number): Promise<Server> => {
    const server = createServer(join).listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  let server = await listen(0);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The proxy has no port.');
  const { port } = address;
  return {
    port,
    async cut() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    stall() {
      stalled = true;
      for (const socket of sockets) silence(socket);
    },
    async restore() {
      stalled = false;
      if (!server.listening) server = await listen(port);
    },
  };
}
