// The bytes of an answer, compressed where that is configured and the client takes it.
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);
/** Beyond it Brotli costs more time than the network saves. */
const brotliQuality = 4;
const gzipLevel = 6;
/** Node joins short text with the head into one packet; long text is cheaper turned into bytes once. */
const textLengthMax = 8192;

export interface Body {
  readonly bytes: string | Buffer;
  readonly length: number;
  readonly encoding: 'br' | 'gzip' | null;
}

/** `bytesMin` 0 compresses nothing. */
export function compressed(text: string, accepted: string | string[] | undefined, bytesMin: number): Body | Promise<Body> {
  if (bytesMin === 0 || text.length < bytesMin || accepted === undefined) return plain(text);
  const encodings = String(accepted).toLowerCase().split(',');
  if (encodings.some((each) => takes(each, 'br'))) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: brotliQuality, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
    return brotli(text, { params }).then((bytes) => ({ bytes, length: bytes.length, encoding: 'br' }));
  }
  if (encodings.some((each) => takes(each, 'gzip'))) {
    return zip(text, { level: gzipLevel }).then((bytes) => ({ bytes, length: bytes.length, encoding: 'gzip' }));
  }
  return plain(text);
}

function plain(text: string): Body {
  if (text.length > textLengthMax) {
    const bytes = Buffer.from(text);
    return { bytes, length: bytes.length, encoding: null };
  }
  return { bytes: text, length: Buffer.byteLength(text), encoding: null };
}

function takes(part: string, encoding: string): boolean {
  const [name = '', quality = ''] = part.split(';').map((each) => each.trim());
  return name === encoding && Number(quality.replace('q=', '') || 1) > 0;
}
