// The demonstration users as people read them: in the banner, and on the Playground's sign-in buttons.
import type { PlaygroundUser } from '../gateway/edge/playground.ts';
import { demoUsers } from '../platform/demo.ts';

export function playgroundUsers(): PlaygroundUser[] {
  return Object.values(demoUsers).map(({ displayName, email, password, roles }) => ({
    name: displayName,
    email,
    password,
    role: describeRoles(roles),
  }));
}

/** Everybody is a customer; what else somebody is says more. */
function describeRoles(roles: readonly string[]): string {
  const special = roles.filter((role) => role !== 'CUSTOMER');
  return (special.length > 0 ? special : roles).map((role) => role.toLowerCase().replaceAll('_', ' ')).join(', ');
}
