// Roles and permissions in the graph. The vocabulary itself belongs to platform/identity/permissions.ts.
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { Permission, RoleName } from '../../platform/identity/permissions.ts';

const roleDescriptions: Readonly<Record<RoleName, string>> = {
  CUSTOMER: 'Keeps wallets and moves their own money. Every registered user has it.',
  OPERATOR: 'Runs the platform day by day: confirms deposits, helps customers, freezes wallets.',
  COMPLIANCE_OFFICER: 'Reviews held transactions and keeps the rules.',
  AUDITOR: 'Reads everything that was done, changes nothing.',
  ADMINISTRATOR: 'Manages users, their roles and the signing keys; moves no money.',
};

export const RoleNameEnum = Object.fromEntries(Object.keys(roleDescriptions).map((name) => [name, name])) as {
  readonly [Name in RoleName]: Name;
};
registerEnumType(RoleNameEnum, {
  name: 'RoleName',
  description: 'The roles that a user can have.',
  valuesConfig: Object.fromEntries(Object.entries(roleDescriptions).map(([name, description]) => [name, { description }])),
});

@ObjectType('Permission', { description: 'Something that a role lets its bearer do. Travels in the access token as a scope.' })
export class PermissionType {
  @Field(() => String, { description: 'Name of the scope, for example "wallet:freeze".' })
  name: Permission;

  @Field(() => String, { description: 'What it permits.' })
  description: string;
}

@ObjectType('Role', { description: 'A bundle of permissions that is given to users.' })
export class RoleType {
  @Field(() => RoleNameEnum, { description: 'Name of the role.' })
  name: RoleName;

  @Field(() => String, { description: 'Whom the role is for.' })
  description: string;

  @Field(() => [PermissionType], { description: 'What the role permits, beyond what everybody may do with what is their own.' })
  permissions: PermissionType[];
}

export function roleDescription(name: RoleName): string {
  return roleDescriptions[name];
}
