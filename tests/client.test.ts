// The example program of `clients/`, run as a front end would run it.
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { demoUsers, demoWallets } from '../platform/demo.ts';
import { projectRoot } from '../platform/project-root.ts';
import { describeEachTopology } from './support/system.ts';

const program = join(projectRoot, 'dist', 'clients', 'examples', 'pay.js');

describeEachTopology('the example client', (startSystem) => {
  it('signs in, pays and follows the payment to its end', async () => {
    const { graphqlUrls } = await startSystem();
    const { email, password } = demoUsers.alice;
    const { stdout } = await promisify(execFile)(process.execPath, [
      program,
      graphqlUrls[0] as string,
      email,
      password,
      demoWallets.alice,
      demoWallets.bob,
      '0.01',
      'USD',
    ]);
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toBe('Signed in as Alice Archer.');
    expect(lines[1]).toMatch(/^Transfer [0-9a-f-]{36} is recorded\.$/);
    expect(lines.slice(2)).toEqual(['REQUESTED', 'SCREENING', 'APPROVED', 'POSTING', 'COMPLETED']);
  });
});
