// WebSocket text frames (RFC 6455, 5.2) as a server sends them: unmasked, in one piece, and made once where many get the same.
import type { LiveEvent } from './pipeline.ts';

const textOpcode = 0x81;
const closingBrace = '}'.charCodeAt(0);

/** A frame with its head written and room for a payload of so many bytes. */
function emptyFrame(length: number): { readonly frame: Buffer; readonly headLength: number } {
  const headLength = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(headLength + length);
  frame[0] = textOpcode;
  if (headLength === 2) frame[1] = length;
  else if (headLength === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeUInt32BE(Math.floor(length / 2 ** 32), 2);
    frame.writeUInt32BE(length % 2 ** 32, 6);
  }
  return { frame, headLength };
}

export function messageFrame(text: string): Buffer {
  const { frame, headLength } = emptyFrame(Buffer.byteLength(text));
  frame.write(text, headLength);
  return frame;
}

/** What comes before the payload in each `next` message of an operation. */
export function nextPrefix(id: string): Buffer {
  return Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
}

/**
 * The `next` message of one operation. Clients that count their operations alike share the frame, others the bytes of the payload; for one
 * client alone nothing is kept.
 */
export function nextFrame(id: string, prefix: Buffer, { body, encoded }: LiveEvent): Buffer {
  if (encoded.frame === undefined) {
    encoded.frame = frameOf(prefix, body);
    encoded.frameId = id;
    return encoded.frame;
  }
  if (encoded.frameId === id) return encoded.frame;
  encoded.body ??= Buffer.from(body);
  return frameOf(prefix, encoded.body);
}

function frameOf(prefix: Buffer, body: string | Buffer): Buffer {
  const bodyLength = typeof body === 'string' ? Buffer.byteLength(body) : body.length;
  const { frame, headLength } = emptyFrame(prefix.length + bodyLength + 1);
  const bodyAt = headLength + prefix.length;
  prefix.copy(frame, headLength);
  if (typeof body === 'string') frame.write(body, bodyAt);
  else body.copy(frame, bodyAt);
  frame[bodyAt + bodyLength] = closingBrace;
  return frame;
}
