import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { hasCode } from '../../support/error-code.ts';

/** Without a file: the kernel gives the name back when its process has ended, however that came. */
const NAME = 'capstan-lab';
const ANSWER_MS = 3_000;

/**
 * Two at once would take each other's hosts down, wherever they keep their files: namespaces and control groups are the
 * machine's. Answers how to give the lab back, or who has it.
 */
export async function lockLab(
  name: string = NAME,
): Promise<{ readonly release: () => void } | { readonly heldBy: string }> {
  const address = `\0${name}`;
  for (;;) {
    const server = createServer(asker => asker.end(`process ${process.pid}`));
    try {
      await once(server.listen(address), 'listening');
      server.unref();
      return { release: () => server.close() };
    } catch (error) {
      if (!hasCode(error, 'EADDRINUSE')) throw error;
    }
    const heldBy = await holderOf(address);
    if (heldBy !== undefined) return { heldBy };
  }
}

/** undefined where it has ended meanwhile. */
async function holderOf(address: string): Promise<string | undefined> {
  const socket = connect(address);
  socket.setTimeout(ANSWER_MS, () => socket.destroy(new NoAnswer()));
  try {
    return await text(socket);
  } catch (error) {
    if (error instanceof NoAnswer) return 'a process that does not answer';
    if (hasCode(error, 'ECONNREFUSED') || hasCode(error, 'ECONNRESET')) return undefined;
    throw error;
  }
}

class NoAnswer extends Error {}
