// Puts back into an answer what was taken out of its operation: null where it stood, with an error, and nulls propagated as the GraphQL
// specification says. Everything else stays as it is.
import {
  type DirectiveNode,
  type FormattedExecutionResult,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLFormattedError,
  GraphQLIncludeDirective,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLSkipDirective,
  getDirectiveValues,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  valueFromASTUntyped,
} from 'graphql';
import { domainExtensions } from '../../../platform/graph/error-format.ts';
import { gatewayErrors } from '../../gateway.errors.ts';
import type { FieldShape, FilteredOperation, Shape } from './filter.ts';
import type { Denial } from './requirement.ts';

/** Places at which one field is reported; a list may have thousands. */
const placesMax = 20;

type Data = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];
type Variables = Readonly<Record<string, unknown>>;

/** A null where null is not allowed: it travels up. */
const invalid = Symbol('null where it is not allowed');

/** The answer to the operation as it was asked, made from the answer to what was left of it. */
export function restoreDenied(
  schema: GraphQLSchema,
  filtered: FilteredOperation,
  variables: Variables,
  answer: FormattedExecutionResult,
): FormattedExecutionResult {
  const rootType = schema.getRootType(filtered.operation.operation);
  // Refused as a whole, or failed as a whole: there is nothing to put nulls into.
  if (!rootType || !isObject(answer.data)) return answer;
  const restore = createRestore(schema, filtered, withDefaults(filtered, variables));
  const data = restore.object(rootType, filtered.shapes, answer.data, []);
  const errors = [...(answer.errors ?? []), ...restore.errors];
  return {
    ...answer,
    ...(errors.length === 0 ? {} : { errors }),
    data: data === invalid ? null : (data as Record<string, unknown>),
  };
}

function createRestore(schema: GraphQLSchema, { typenameAlias }: FilteredOperation, variables: Variables) {
  const errors: GraphQLFormattedError[] = [];
  const places = new Map<FieldShape, number>();

  function report(field: FieldShape, denial: Denial, path: Path): void {
    const count = places.get(field) ?? 0;
    places.set(field, count + 1);
    if (count < placesMax) errors.push(unauthorized(denial, path).toJSON());
  }

  function object(type: GraphQLCompositeType, shapes: readonly Shape[], source: Data, path: Path): unknown {
    const runtimeType = runtimeTypeOf(schema, type, source[typenameAlias]);
    const groups = new Map<string, FieldShape[]>();
    collect(runtimeType, shapes, groups);
    const restored: Record<string, unknown> = {};
    for (const [responseName, fields] of groups) {
      const value = field(runtimeType, fields, source, [...path, responseName]);
      if (value === invalid) return invalid;
      if (value !== undefined) setOwn(restored, responseName, value);
    }
    return restored;
  }

  function collect(type: GraphQLCompositeType, shapes: readonly Shape[], groups: Map<string, FieldShape[]>): void {
    for (const shape of shapes) {
      if (!isIncluded(shape.directives, variables)) continue;
      if (shape.kind === 'field') {
        const group = groups.get(shape.responseName);
        if (group === undefined) groups.set(shape.responseName, [shape]);
        else group.push(shape);
      } else if (shape.condition === null || isOn(schema, type, shape.condition)) collect(type, shape.below, groups);
    }
  }

  /** @returns undefined when the answer has no such field. */
  function field(type: GraphQLCompositeType, fields: readonly FieldShape[], source: Data, path: Path): unknown {
    const [first] = fields as [FieldShape];
    const definition = isObjectType(type) || isInterfaceType(type) ? type.getFields()[first.name] : undefined;
    const denied = fields.find(({ denial }) => denial !== null);
    if (denied !== undefined && denied.denial !== null) {
      report(denied, denied.denial, path);
      return definition !== undefined && isNonNullType(definition.type) ? invalid : null;
    }
    const value = Object.hasOwn(source, first.responseName) ? source[first.responseName] : undefined;
    if (definition === undefined || !fields.some(({ hasDenied }) => hasDenied)) return value;
    return complete(definition.type, fields, value, path);
  }

  function complete(type: GraphQLOutputType, fields: readonly FieldShape[], value: unknown, path: Path): unknown {
    if (value === null || value === undefined) return value;
    if (isNonNullType(type)) return completeNullable(type.ofType, fields, value, path);
    const completed = completeNullable(type, fields, value, path);
    return completed === invalid ? null : completed;
  }

  function completeNullable(type: GraphQLOutputType, fields: readonly FieldShape[], value: unknown, path: Path): unknown {
    if (isListType(type)) {
      if (!Array.isArray(value)) return value;
      const items = value.map((item, index) => complete(type.ofType, fields, item, [...path, index]));
      return items.includes(invalid) ? invalid : items;
    }
    const named = getNamedType(type);
    if (!isCompositeType(named) || !isObject(value)) return value;
    const below = fields.length === 1 ? (fields[0] as FieldShape).below : fields.flatMap((one) => one.below);
    return object(named, below, value, path);
  }

  return { errors, object };
}

/** The refusal of one field. */
export function unauthorized(denial: Denial, path: Path): GraphQLError {
  const refusal = gatewayErrors.UNAUTHORIZED_FIELD_OR_TYPE({ reason: denial.reason, needed: neededFor(denial) });
  return new GraphQLError(refusal.message, {
    originalError: refusal,
    extensions: { ...domainExtensions(refusal) },
    path,
  });
}

function neededFor({ reason, scopes }: Denial): string {
  if (reason === 'unauthenticated') return 'somebody who is signed in';
  if (scopes.length === 0) return 'rights that you do not have';
  return `the scope ${scopes.map((names) => names.map((name) => `"${name}"`).join(' and ')).join(', or ')}`;
}

function runtimeTypeOf(schema: GraphQLSchema, type: GraphQLCompositeType, name: unknown): GraphQLCompositeType {
  const named = typeof name === 'string' ? schema.getType(name) : undefined;
  return isCompositeType(named) ? named : type;
}

function isOn(schema: GraphQLSchema, type: GraphQLCompositeType, condition: string): boolean {
  if (type.name === condition) return true;
  const wider = schema.getType(condition);
  if (wider === undefined || !isCompositeType(wider) || isObjectType(wider)) return false;
  return (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(wider, type);
}

function isIncluded(directives: readonly DirectiveNode[], variables: Variables): boolean {
  if (directives.length === 0) return true;
  const node = { directives };
  if (getDirectiveValues(GraphQLSkipDirective, node, variables)?.if === true) return false;
  return getDirectiveValues(GraphQLIncludeDirective, node, variables)?.if !== false;
}

/** Conditions read variables, which may stand at their defaults. */
function withDefaults({ operation }: FilteredOperation, variables: Variables): Variables {
  const defaults = (operation.variableDefinitions ?? []).flatMap(({ variable, defaultValue }) =>
    defaultValue === undefined ? [] : [[variable.name.value, valueFromASTUntyped(defaultValue)] as const],
  );
  return defaults.length === 0 ? variables : { ...Object.fromEntries(defaults), ...variables };
}

function isObject(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A response name may be `__proto__`. */
function setOwn(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(target, name, { value, enumerable: true, configurable: true, writable: true });
  else target[name] = value;
}
