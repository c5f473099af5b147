// How long the gateway may keep answers that have a field: printed into the schema as `@cacheControl`. What nobody has called cacheable is not.
import { Directive } from 'type-graphql';

type FieldDecorator = MethodDecorator & PropertyDecorator;

/**
 * For reference data that is the same for everybody who may see it. A list is dropped earlier when its domain tells of an entity in it, or audits
 * an action on its type (`resourceType`).
 *
 * @example
 * @Cacheable({ maxAgeSeconds: 60 })
 * @Query(() => [ExchangeRateType], { description: '…' })
 */
export function Cacheable({ maxAgeSeconds }: { readonly maxAgeSeconds: number }): FieldDecorator {
  return Directive(`@cacheControl(maxAge: ${maxAgeSeconds})`) as FieldDecorator;
}

/** For an object that is part of what it stands in: it may be kept as long as that. */
export function CacheableWithParent(): FieldDecorator {
  return Directive('@cacheControl(inheritMaxAge: true)') as FieldDecorator;
}

/** Composition keeps a directive that is not federation's own only where the subgraph links it as a specification and asks for it. */
export const cacheControlLink = `  @link(
    url: "https://specs.clawpurse.dev/cacheControl/v0.1"
    import: ["@cacheControl"]
  )
  @composeDirective(name: "@cacheControl")`;

/** Without a scope: nothing of ours that is one person's may be older than the moment, and an enum for it would be seen by clients. */
export const cacheControlDefinition = `"""How long answers that have it may be kept."""
directive @cacheControl(maxAge: Int, inheritMaxAge: Boolean) on FIELD_DEFINITION`;
