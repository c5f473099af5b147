// Under which names the data of an operation is put together. They are the client's response names, but for aliases that name a field of the
// graph or look like a name that plans make up: `id: name` beside a key `id`, fetched by another subgraph, would be overwritten by it.
import { type DocumentNode, type FieldNode, Kind, visit } from 'graphql';

/** True for names of fields that some type of the supergraph has. */
export type IsFieldName = (name: string) => boolean;

const separator = '__as_';

export function dataNameOf({ alias, name }: FieldNode, isFieldName: IsFieldName): string {
  if (alias === undefined || alias.value === name.value) return name.value;
  const isTaken = alias.value.includes('__') || isFieldName(alias.value);
  return isTaken ? `${alias.value}${separator}${name.value}` : alias.value;
}

/** The operation as it is planned: every field under its data name. */
export function withDataNames(document: DocumentNode, isFieldName: IsFieldName): DocumentNode {
  return visit(document, {
    Field(field) {
      const dataName = dataNameOf(field, isFieldName);
      if (dataName === (field.alias ?? field.name).value) return undefined;
      return { ...field, alias: { kind: Kind.NAME, value: dataName } };
    },
  });
}

/** What the client called it. */
export function responseNameOf(dataName: string): string {
  const at = dataName.lastIndexOf(separator);
  return at < 0 ? dataName : dataName.slice(0, at);
}
