// WebSocket text frames (RFC 6455, 5.2) as a server sends them: unmasked, in one piece, and made once where many get the same.
import type { LiveEvent } from './pipeline.ts';

const textOpcode = 0x81;
const closing = Buffer.from('}');

/** One frame with the parts as its payload. */
export function textFrame(parts: readonly Buffer[]): Buffer {
  let length = 0;
  for (const part of parts) length += part.length;
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
  let offset = headLength;
  for (const part of parts) {
    part.copy(frame, offset);
    offset += part.length;
  }
  return frame;
}

export function messageFrame(text: string): Buffer {
  return textFrame([Buffer.from(text)]);
}

/** What comes before the payload in each `next` message of an operation. */
export function nextPrefix(id: string): Buffer {
  return Buffer.from(`{"id":${JSON.stringify(id)},"type":"next","payload":`);
}

/** The `next` message of one operation. Clients that count their operations alike share the frame, the others the bytes of the payload. */
export function nextFrame(id: string, prefix: Buffer, { body, encoded }: LiveEvent): Buffer {
  if (encoded.frameId === id && encoded.frame !== undefined) return encoded.frame;
  encoded.body ??= Buffer.from(body);
  const frame = textFrame([prefix, encoded.body, closing]);
  encoded.frame ??= frame;
  encoded.frameId ??= id;
  return frame;
}
