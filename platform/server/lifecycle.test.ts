import { describe, expect, it } from 'vitest';
import { silentLogger } from '../log.ts';
import { createActivity } from './activity.ts';
import { runHealthChecks } from './health.ts';
import { createMetrics, outcomeOf } from './metrics.ts';
import { createShutdown } from './shutdown.ts';

describe('activity', () => {
  it('drains at once when nothing is open', async () => {
    expect(await createActivity('wallet').drain(10_000)).toBe(true);
  });

  it('waits for what has begun, and refuses what comes later', async () => {
    const activity = createActivity('wallet');
    const finish = [activity.begin(), activity.begin()];
    const drained = activity.drain(10_000);
    expect(() => activity.begin()).toThrow(expect.objectContaining({ code: 'SERVICE_UNAVAILABLE', retryable: true }));
    finish[0]?.();
    finish[0]?.();
    expect(activity.openCount).toBe(1);
    finish[1]?.();
    expect(await drained).toBe(true);
  });

  it('gives up when the grace is over', async () => {
    const activity = createActivity('wallet');
    activity.begin();
    expect(await activity.drain(5)).toBe(false);
  });
});

describe('health checks', () => {
  it('run at the same time, each within its limit', async () => {
    const report = await runHealthChecks(
      [
        { name: 'hanging', check: () => new Promise<never>(() => {}) },
        { name: 'fine', check: async () => undefined },
      ],
      20,
    );
    expect(report).toMatchObject({
      status: 'failed',
      checks: { hanging: { status: 'failed', message: 'No answer within 20 ms.' }, fine: { status: 'ok' } },
    });
  });
});

describe('metrics', () => {
  it('count operations by service, type and outcome alone', async () => {
    const metrics = createMetrics();
    metrics.operationFinished('wallet', 'query', 'ok', 0.003);
    metrics.operationFinished('wallet', 'mutation', 'refused', 0.003);
    const text = await metrics.registry.metrics();
    expect(text).toContain('clawpurse_graphql_operations_total{service="wallet",type="query",outcome="ok"} 1');
    expect(text).toContain(
      'clawpurse_graphql_operation_seconds_bucket{le="0.005",service="wallet",type="mutation",outcome="refused"} 1',
    );
  });

  it('read gauges when asked, per service, and leave out what cannot be read', async () => {
    const metrics = createMetrics();
    const gauge = { name: 'clawpurse_test_gauge', help: 'A test.' };
    const forget = metrics.gauge({ ...gauge, service: 'wallet', read: async () => 3 });
    metrics.gauge({ ...gauge, service: 'auth', read: () => Promise.reject(new Error('database closed')) });
    expect(await metrics.registry.getSingleMetricAsString('clawpurse_test_gauge')).toMatch(
      /\nclawpurse_test_gauge\{service="wallet"\} 3$/,
    );
    forget();
    expect(await metrics.registry.getSingleMetricAsString('clawpurse_test_gauge')).not.toContain('wallet');
  });

  it('tell refusals from failures', () => {
    const error = (code: string) => ({ extensions: { code } });
    expect(outcomeOf(undefined)).toBe('ok');
    expect(outcomeOf([error('WALLET_NOT_FOUND')])).toBe('refused');
    expect(outcomeOf([error('WALLET_NOT_FOUND'), error('INTERNAL_SERVER_ERROR')])).toBe('failed');
  });
});

describe('shutdown', () => {
  it('stops in the reverse order of starting, one after the other, once', async () => {
    const order: string[] = [];
    const shutdown = createShutdown({ log: silentLogger(), limitMs: 10_000 });
    for (const name of ['database', 'events', 'http']) {
      shutdown.add(name, async () => {
        await new Promise((resolve) => setImmediate(resolve));
        order.push(name);
      });
    }
    const runs = await Promise.all([shutdown.run('test'), shutdown.run('again')]);
    expect(order).toEqual(['http', 'events', 'database']);
    expect(runs).toEqual([{ isClean: true }, { isClean: true }]);
  });

  it('runs the other steps although one fails or hangs, and says that it was not clean', async () => {
    const order: string[] = [];
    const shutdown = createShutdown({ log: silentLogger(), limitMs: 20 });
    shutdown.add('last', async () => void order.push('last'));
    shutdown.add('hanging', () => new Promise(() => {}));
    shutdown.add('failing', () => Promise.reject(new Error('no')));
    expect(await shutdown.run('test')).toEqual({ isClean: false });
    expect(order).toEqual(['last']);
  });
});
