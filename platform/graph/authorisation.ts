// Who may call what, written once: enforced here at execution, and printed into the schema so that the gateway enforces it too.
import 'reflect-metadata';
import { Authorized, Directive, type ResolverData } from 'type-graphql';
import { requireIdentity, requirePermission } from '../identity/identity.ts';
import { type Permission, permissions } from '../identity/permissions.ts';
import type { StandingGuard } from '../identity/standing.ts';
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
 * What enforces both decorators; `@Authorized()` of type-graphql means the same as `@Authenticated()`. With a guard, mutations also ask what has
 * become of their caller since the token was issued.
 */
export function authorisationBy(guard?: StandingGuard) {
  // An arrow function, because type-graphql takes anything with a prototype for a class.
  return ({ context, info }: ResolverData<GraphContext>, needed: readonly string[]): boolean | Promise<boolean> => {
    const { userId } = requireIdentity(context.identity);
    for (const permission of needed) {
      if (!isPermission(permission)) throw new Error(`A resolver asks for "${permission}", which is no permission.`);
      requirePermission(context.identity, permission);
    }
    if (guard === undefined || info.parentType.name !== 'Mutation') return true;
    return guard.check(userId, info.fieldName, needed.filter(isPermission)).then(() => true);
  };
}

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
