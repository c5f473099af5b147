// Lays out a subgraph's SDL: federation's link first, then root types, then the rest by name. Same schema, same text.
import {
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
  visit,
} from 'graphql';
import { cacheControlDefinition, cacheControlLink } from './cache-hint.ts';

const federationVersion = 'https://specs.apollo.dev/federation/v2.9';
const federationDirectives = [
  '@authenticated',
  '@composeDirective',
  '@external',
  '@inaccessible',
  '@interfaceObject',
  '@key',
  '@override',
  '@policy',
  '@provides',
  '@requires',
  '@requiresScopes',
  '@shareable',
  '@tag',
];

const rootDescriptions: Readonly<Record<string, string>> = {
  Query: 'What can be read.',
  Mutation: 'What can be changed. Every mutation takes one input.',
  Subscription: 'What can be followed live.',
};
const rootNames = Object.keys(rootDescriptions);

/** Orders printed SDL, describes the root types and links the federation directives that it uses. */
export function layOutSdl(printed: string): string {
  const document = parse(printed, { noLocation: true });
  const definitions = document.definitions
    .filter((definition) => definition.kind !== Kind.SCHEMA_DEFINITION)
    .filter((definition) => definition.kind !== Kind.OBJECT_TYPE_DEFINITION || (definition.fields?.length ?? 0) > 0)
    .map(dressRoot)
    .sort((a, b) => compareText(sortKey(a), sortKey(b)));
  const body: DocumentNode = { kind: Kind.DOCUMENT, definitions };
  const used = usedDirectives(body);
  const hasHints = used.has('@cacheControl');
  if (hasHints) used.add('@composeDirective');
  const imports = federationDirectives.filter((name) => used.has(name)).map((name) => `"${name}"`);
  const link = `extend schema\n  @link(\n    url: "${federationVersion}"\n    import: [${imports.join(', ')}]\n  )`;
  if (!hasHints) return `${link}\n\n${print(body)}\n`;
  return `${link}\n${cacheControlLink}\n\n${cacheControlDefinition}\n\n${print(body)}\n`;
}

function dressRoot(definition: DefinitionNode): DefinitionNode {
  if (definition.kind !== Kind.OBJECT_TYPE_DEFINITION || !rootNames.includes(definition.name.value)) return definition;
  const description = definition.description ?? {
    kind: Kind.STRING,
    value: rootDescriptions[definition.name.value] ?? '',
    block: true,
  };
  return { ...definition, description, fields: sortedFields(definition) };
}

/** Root fields come in the order in which modules were loaded, which is no order to commit. */
function sortedFields(definition: ObjectTypeDefinitionNode): readonly FieldDefinitionNode[] {
  return [...(definition.fields ?? [])].sort((a, b) => compareText(a.name.value, b.name.value));
}

function sortKey(definition: DefinitionNode): string {
  const name = 'name' in definition && definition.name !== undefined ? definition.name.value : '';
  const rootIndex = rootNames.indexOf(name);
  return rootIndex >= 0 ? `0${rootIndex}` : `1${name}`;
}

function usedDirectives(document: DocumentNode): Set<string> {
  const used = new Set<string>();
  visit(document, { Directive: (node) => void used.add(`@${node.name.value}`) });
  return used;
}

/** By code unit, so that the locale of the machine does not matter. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
