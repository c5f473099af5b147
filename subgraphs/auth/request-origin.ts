// Where a request came from, as far as the identity domain cares: for the session list, lockout and audit.
import { isIP } from 'node:net';
import type { GraphContext } from '../../platform/graph/context.ts';

export interface RequestOrigin {
  readonly requestId: string;
  readonly address: string | null;
  readonly userAgent: string | null;
}

const userAgentLengthMax = 256;

export function originOf(context: Pick<GraphContext, 'requestId' | 'client'>): RequestOrigin {
  const { address, userAgent } = context.client;
  return {
    requestId: context.requestId,
    address: address !== null && isIP(address) !== 0 ? address : null,
    userAgent: userAgent === null ? null : userAgent.slice(0, userAgentLengthMax),
  };
}

/**
 * What attempts from an address are counted under: the address, or for IPv6 its /64, of which anybody can have 2^64 addresses.
 *
 * @example
 * networkOf('2001:db8:1:2:3:4:5:6'); // '2001:db8:1:2::/64'
 */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (isIP(address) !== 6) return address;
  const [head = '', tail] = address.toLowerCase().split('%')[0]?.split('::') ?? [];
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  // The right part only reaches into the first four groups when `::` stands for few of them.
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: zeros }, () => '0'), ...right];
  return `${groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')}::/64`;
}
