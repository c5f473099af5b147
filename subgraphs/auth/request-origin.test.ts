import { describe, expect, it } from 'vitest';
import { networkOf, originOf } from './request-origin.ts';

describe('the network of an address', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::9', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['1::2:3:4:5:6', '1:0:0:2::/64'],
  ])('%s is %s', (address, network) => {
    expect(networkOf(address)).toBe(network);
  });
});

describe('the origin of a request', () => {
  it('keeps only real addresses, and user agents of a bounded length', () => {
    const origin = originOf({ requestId: 'r', client: { address: 'evil\nheader', userAgent: 'x'.repeat(10_000) } });
    expect(origin.address).toBeNull();
    expect(origin.userAgent).toHaveLength(256);
  });
});
