import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** RFC 6455, section 1.3. */
const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly final: boolean;
  readonly opcode: number;
  readonly payload: Buffer;
}

/** The first frame in the bytes and what follows it; undefined while it is not there in full. */
function readFrame(bytes: Buffer): { frame: Frame; rest: Buffer } | undefined {
  const [first, second] = bytes;
  if (first === undefined || second === undefined) return undefined;
  const short = second & 0x7f;
  const extended = short === 126 ? 2 : short === 127 ? 8 : 0;
  const masked = (second & 0x80) !== 0;
  const start = 2 + extended + (masked ? 4 : 0);
  if (bytes.length < start) return undefined;
  const length = extended === 2 ? bytes.readUInt16BE(2) : extended === 8 ? Number(bytes.readBigUInt64BE(2)) : short;
  if (bytes.length < start + length) return undefined;
  const payload = Buffer.from(bytes.subarray(start, start + length));
  if (masked) {
    const mask = bytes.subarray(start - 4, start);
    for (let i = 0; i < payload.length; i += 1) payload[i] = (payload[i] ?? 0) ^ (mask[i % 4] ?? 0);
  }
  return {
    frame: { final: (first & 0x80) !== 0, opcode: first & 0x0f, payload },
    rest: bytes.subarray(start + length),
  };
}

/** A whole frame as a server sends it: final and not masked. */
function writeFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = 0x80 | opcode;
  if (length < 126) header[1] = length;
  else if (length < 65_536) {
    header[1] = 126;
    header.writeUInt16BE(length, 2);
  } else {
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([header, payload]);
}

/** The server's end of one websocket: text messages, pings answered, closing handshake. */
export class ServerWebSocket extends EventEmitter<{ message: [string]; close: [] }> {
  readonly #socket: Duplex;
  #unread = Buffer.alloc(0);
  #fragments: Buffer[] = [];
  #closing = false;

  /** Accepts the client's handshake. */
  constructor(request: IncomingMessage, socket: Duplex, head: Buffer) {
    super();
    this.#socket = socket;
    const key = request.headers['sec-websocket-key'] ?? '';
    const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
    );
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // A reset by the client is an end like any other.
    socket.on('error', () => socket.destroy());
    socket.on('close', () => this.emit('close'));
    if (head.length > 0) this.#read(head);
  }

  send(text: string): void {
    if (!this.#closing) this.#socket.write(writeFrame(OPCODE.text, Buffer.from(text)));
  }

  ping(): void {
    if (!this.#closing) this.#socket.write(writeFrame(OPCODE.ping, Buffer.from('slack')));
  }

  /** Cuts the connection without a word. */
  terminate(): void {
    this.#closing = true;
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    for (let next = readFrame(this.#unread); next !== undefined; next = readFrame(this.#unread)) {
      this.#unread = Buffer.from(next.rest);
      this.#handle(next.frame);
    }
  }

  #handle({ final, opcode, payload }: Frame): void {
    if (opcode === OPCODE.close) {
      this.#closing = true;
      this.#socket.end(writeFrame(OPCODE.close, payload.subarray(0, 2)));
    } else if (opcode === OPCODE.ping) {
      this.#socket.write(writeFrame(OPCODE.pong, payload));
    } else if (opcode === OPCODE.text || opcode === OPCODE.continuation) {
      this.#fragments.push(payload);
      if (!final) return;
      const text = Buffer.concat(this.#fragments).toString('utf8');
      this.#fragments = [];
      this.emit('message', text);
    }
  }
}
