// Who may call what, written once: enforced here at execution, and printed into the schema so that the gateway enforces it too.
import 'reflect-metadata';
import { Authorized, Directive, type ResolverData } from 'type-graphql';
import { requireIdentity, requirePermission } from '../identity/identity.ts';
import { type Permission, permissions } from '../identity/permissions.ts';
import type { GraphContext } from './context.ts';

type FieldDecorator = (target: object, propertyKey: string | symbol, descriptor?: TypedPropertyDescriptor<unknown>) => void;

/** The field needs a verified access token. Prints `@authenticated`. */
export function Authenticated(): FieldDecorator & MethodDecorator & PropertyDecorator {
  return compose(Authorized(), Directive('@authenticated'));
}

/**
 * The field needs every one of these permissions. Prints `@authenticated @requiresScopes`.
 *
 * @example
 * @RequiresPermission('wallet:freeze')
 * @Mutation(() => FreezeWalletPayload, { description: '…' })
 */
export function RequiresPermission(
  ...needed: [Permission, ...Permission[]]
): FieldDecorator & MethodDecorator & PropertyDecorator {
  return compose(
    Authorized(needed),
    Directive('@authenticated'),
    Directive(`@requiresScopes(scopes: ${JSON.stringify([needed])})`),
  );
}

/**
 * Enforces both decorators; `@Authorized()` of type-graphql means the same as `@Authenticated()`.
 * An arrow function, because type-graphql takes anything with a prototype for a class.
 */
export const checkAuthorisation = ({ context }: ResolverData<GraphContext>, needed: readonly string[]): boolean => {
  requireIdentity(context.identity);
  for (const permission of needed) {
    if (!isPermission(permission)) throw new Error(`A resolver asks for "${permission}", which is no permission.`);
    requirePermission(context.identity, permission);
  }
  return true;
};

function isPermission(name: string): name is Permission {
  return Object.hasOwn(permissions, name);
}

// biome-ignore lint/suspicious/noExplicitAny: type-graphql's decorators are overloaded for methods, properties and classes.
function compose(...decorators: readonly any[]): FieldDecorator & MethodDecorator & PropertyDecorator {
  return ((target: object, propertyKey: string | symbol, descriptor?: unknown) => {
    // Decorators run bottom up, so the last one listed goes first.
    for (const decorate of decorators.toReversed()) decorate(target, propertyKey, descriptor);
  }) as FieldDecorator & MethodDecorator & PropertyDecorator;
}
