// Reads from a supergraph's text what its schema says of rights and cost. The names of the directives are whatever its @link says they are.
import {
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type InputValueDefinitionNode,
  Kind,
  parse,
  type SchemaDefinitionNode,
  type SchemaExtensionNode,
  valueFromASTUntyped,
} from 'graphql';

/** What somebody must be allowed. All three parts have to be met. */
export interface Requirement {
  readonly authenticated: boolean;
  /** At least one of these sets, in full. Empty: no scope is needed. */
  readonly scopes: readonly (readonly string[])[];
  /** At least one of these sets, in full. Empty: no policy has to hold. */
  readonly policies: readonly (readonly string[])[];
}

/** What `@listSize` says of a field. */
export interface ListSize {
  readonly assumedSize: number | null;
  /** Arguments that set the length; `input.page.first` reaches into an input object. */
  readonly slicingArguments: readonly string[];
  /** The fields below that are the list; empty: the field itself. */
  readonly sizedFields: readonly string[];
  readonly requireOneSlicingArgument: boolean;
}

/** By coordinate: `Type`, `Type.field`, `Type.field(argument:)`. */
export interface GraphDirectives {
  readonly requirements: ReadonlyMap<string, Requirement>;
  readonly weights: ReadonlyMap<string, number>;
  readonly listSizes: ReadonlyMap<string, ListSize>;
  /** What subgraphs need of a field's object to resolve the field (`@requires`), as selections. */
  readonly requiredFields: ReadonlyMap<string, readonly string[]>;
}

export function readGraphDirectives(supergraphSdl: string): GraphDirectives {
  const document = parse(supergraphSdl, { noLocation: true });
  const read = createReader(document);
  const requirements = new Map<string, Requirement>();
  const weights = new Map<string, number>();
  const listSizes = new Map<string, ListSize>();
  const requiredFields = new Map<string, readonly string[]>();

  function take(coordinate: string, node: { readonly directives?: readonly ConstDirectiveNode[] | undefined }): void {
    const directives = node.directives ?? [];
    if (directives.length === 0) return;
    const requirement = read.requirement(directives);
    if (requirement !== null) requirements.set(coordinate, requirement);
    const weight = read.weight(directives);
    if (weight !== null) weights.set(coordinate, weight);
    const listSize = read.listSize(directives);
    if (listSize !== null) listSizes.set(coordinate, listSize);
    const required = read.requiredFields(directives);
    if (required.length > 0) requiredFields.set(coordinate, required);
  }

  for (const definition of document.definitions) {
    if (!isType(definition)) continue;
    const type = definition.name.value;
    take(type, definition);
    if (!('fields' in definition)) continue;
    for (const field of definition.fields ?? []) {
      take(`${type}.${field.name.value}`, field);
      const args: readonly InputValueDefinitionNode[] = ('arguments' in field && field.arguments) || [];
      for (const argument of args) take(`${type}.${field.name.value}(${argument.name.value}:)`, argument);
    }
  }
  return { requirements, weights, listSizes, requiredFields };
}

const typeKinds: ReadonlySet<string> = new Set([
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
  Kind.SCALAR_TYPE_DEFINITION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
]);

type TypeDefinition = Extract<
  DefinitionNode,
  { readonly name: { readonly value: string }; readonly directives?: readonly ConstDirectiveNode[] }
>;

function isType(definition: DefinitionNode): definition is TypeDefinition {
  return typeKinds.has(definition.kind);
}

function createReader(document: DocumentNode) {
  const nameOf = linkedNames(document);
  const names = {
    authenticated: nameOf('authenticated', 'authenticated'),
    requiresScopes: nameOf('requiresScopes', 'requiresScopes'),
    policy: nameOf('policy', 'policy'),
    cost: nameOf('cost', 'cost'),
    listSize: nameOf('cost', 'listSize'),
    joinField: nameOf('join', 'field'),
  };
  const find = (directives: readonly ConstDirectiveNode[], name: string | null) =>
    name === null ? undefined : directives.find((directive) => directive.name.value === name);

  return {
    requirement(directives: readonly ConstDirectiveNode[]): Requirement | null {
      const authenticated = find(directives, names.authenticated) !== undefined;
      const scopes = find(directives, names.requiresScopes);
      const policies = find(directives, names.policy);
      if (!authenticated && scopes === undefined && policies === undefined) return null;
      return {
        authenticated,
        scopes: scopes === undefined ? [] : setsOf(argumentOf(scopes, 'scopes')),
        policies: policies === undefined ? [] : setsOf(argumentOf(policies, 'policies')),
      };
    },
    weight(directives: readonly ConstDirectiveNode[]): number | null {
      const directive = find(directives, names.cost);
      const weight = directive === undefined ? null : Number(argumentOf(directive, 'weight'));
      return weight === null || Number.isNaN(weight) ? null : weight;
    },
    requiredFields: (directives: readonly ConstDirectiveNode[]): readonly string[] =>
      directives
        .filter(({ name }) => name.value === names.joinField)
        .flatMap((directive) => textsOf(argumentOf(directive, 'requires'))),
    listSize(directives: readonly ConstDirectiveNode[]): ListSize | null {
      const directive = find(directives, names.listSize);
      if (directive === undefined) return null;
      const assumedSize = argumentOf(directive, 'assumedSize');
      return {
        assumedSize: typeof assumedSize === 'number' ? assumedSize : null,
        slicingArguments: textsOf(argumentOf(directive, 'slicingArguments')),
        sizedFields: textsOf(argumentOf(directive, 'sizedFields')),
        requireOneSlicingArgument: argumentOf(directive, 'requireOneSlicingArgument') !== false,
      };
    },
  };
}

interface Link {
  readonly prefix: string;
  readonly imports: ReadonlyMap<string, string>;
}

/** Gives the name that a feature's directive has in this document; null when the feature is not linked. */
function linkedNames(document: DocumentNode): (feature: string, directive: string) => string | null {
  const links = new Map<string, Link>();
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.SCHEMA_DEFINITION && definition.kind !== Kind.SCHEMA_EXTENSION) continue;
    for (const [feature, link] of linksOf(definition)) links.set(feature, link);
  }
  return (feature, directive) => {
    const link = links.get(feature);
    if (link === undefined) return null;
    const imported = link.imports.get(directive);
    if (imported !== undefined) return imported;
    return directive === feature ? link.prefix : `${link.prefix}__${directive}`;
  };
}

const featureUrl = /^https:\/\/specs\.apollo\.dev\/([A-Za-z]+)\/v\d+\.\d+$/;

function linksOf(schema: SchemaDefinitionNode | SchemaExtensionNode): [string, Link][] {
  return (schema.directives ?? []).flatMap((directive): [string, Link][] => {
    const feature = featureUrl.exec(String(argumentOf(directive, 'url')))?.[1];
    if (feature === undefined) return [];
    const alias = argumentOf(directive, 'as');
    const imports = (asList(argumentOf(directive, 'import')) as unknown[]).flatMap((item): [string, string][] => {
      const { name, as = name } = (typeof item === 'string' ? { name: item } : item) as { name: string; as?: string };
      return name.startsWith('@') ? [[name.slice(1), as.slice(1)]] : [];
    });
    return [[feature, { prefix: typeof alias === 'string' ? alias : feature, imports: new Map(imports) }]];
  });
}

function argumentOf(directive: ConstDirectiveNode, name: string): unknown {
  const value = directive.arguments?.find((argument) => argument.name.value === name)?.value;
  return value === undefined ? undefined : valueFromASTUntyped(value);
}

function asList(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
}

function textsOf(value: unknown): readonly string[] {
  return asList(value).map(String);
}

function setsOf(value: unknown): readonly (readonly string[])[] {
  return asList(value).map(textsOf);
}
