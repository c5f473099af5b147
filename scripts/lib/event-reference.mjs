// docs/reference/events.md, from every place in the code that writes an event: the compiler knows its type, its kind and its payload.
import {
  isArrayLiteralExpression,
  isNoSubstitutionTemplateLiteral,
  isObjectLiteralExpression,
  isPropertyAssignment,
  isStringLiteral,
} from 'typescript/unstable/ast/is';
import { cell, codeCell, literalsOf, partOf, sourceLink } from './source-model.mjs';

const eventType = /^clawpurse\.([a-z]+)\.[a-z_]+\.v\d+$/;

export function eventReference(model, { domains }) {
  const files = model.files.filter((file) => domains.includes(partOf(file)));
  const written = merge(files.flatMap((file) => [...writtenIn(model, file)]));
  const { consumers, own: named } = readersOf(model, files);
  const types = new Set(written.flatMap((event) => event.types));
  assertAllWritten(named, types);
  const awaited = [...consumers.keys()].filter((key) => eventType.test(key) && !types.has(key)).sort();
  const sections = domains.flatMap((domain) => {
    const own = written.filter(({ types }) => types[0].split('.')[1] === domain);
    return own.length === 0 ? [] : [`## ${domain}`, ...own.map((event) => eventSection(event, consumers))];
  });
  return [
    '# Events',
    `What the domains tell each other, in the envelope of CloudEvents 1.0 (\`platform/events/event.ts\`), at least once and in order per
subject. Four kinds: *domain* (a fact of the domain), *integration* (a fact that another domain waits for), *system* (of the
machinery), *audit* (a record for the audit log). *Live* events also reach subscribers of those who may see them.
A \`…units\` field is an amount in the asset's smallest unit, as a decimal string.`,
    ...sections,
    ...(awaited.length === 0
      ? []
      : [
          '## Awaited',
          `Taken where they come, and written by no domain yet: ${awaited.map((type) => `\`${type}\``).join(', ')}.`,
        ]),
  ].join('\n\n');
}

function eventSection({ types, kind, isLive, fields, file }, consumers) {
  const facts = [kind, ...(isLive ? ['live'] : []), `taken by ${describeReaders(types, kind, consumers)}`];
  const rows = fields.map(({ name, type, comment }) => `| ${codeCell(name)} | ${codeCell(type)} | ${cell(comment)} |`);
  return `### ${types.map((type) => `\`${type}\``).join(', ')}

${facts.join(', ')}. ${sourceLink(file)}

| field | type | |
|---|---|---|
${rows.join('\n')}`;
}

/** Names the domains, and of several types those that a domain takes when it does not take all. */
function describeReaders(types, kind, consumers) {
  const readersOfType = (type) => [...(consumers.get(type) ?? []), ...(consumers.get(`kind:${kind}`) ?? [])];
  const readers = [...new Set(types.flatMap(readersOfType))].sort();
  if (readers.length === 0) return 'no domain';
  const described = readers.map((reader) => {
    const taken = types.filter((type) => readersOfType(type).includes(reader));
    return taken.length === types.length ? reader : `${reader} (${taken.map((type) => type.split('.')[2]).join(', ')})`;
  });
  return described.join(', ');
}

/** The events that are written as object literals where a `NewEvent` is wanted. */
function* writtenIn(model, file) {
  const { checker } = model;
  for (const node of model.nodes(file)) {
    if (!isObjectLiteralExpression(node)) continue;
    const wanted = checker.getContextualType(node);
    if (wanted === undefined || nameOf(wanted) !== 'NewEvent') continue;
    const type = checker.getTypeAtLocation(node);
    // Parts that are spread into an event are wanted as events too.
    if (checker.getPropertyOfType(type, 'data') === undefined) continue;
    const types = literalsOf(valueType(model, node, 'type') ?? model.propertyType(type, 'type'));
    const kinds = literalsOf(valueType(model, node, 'kind') ?? model.propertyType(type, 'kind'));
    if (types === null || kinds === null)
      throw new Error(`${file}: an event is written whose type or kind the compiler knows only as a string:\n${node.getText()}`);
    const declared = model.fieldsOf(model.propertyType(wanted, 'data'));
    const actual = model.fieldsOf(model.propertyType(type, 'data'));
    yield {
      types,
      kind: kinds.join(' or '),
      isLive: checker.getPropertyOfType(type, 'feeds') !== undefined,
      // A declared payload says more than the values that happen to fill it.
      fields: declared.length > 0 ? declared : actual,
      file,
    };
  }
}

/** The type of a property's value as it is written there: in the object it is widened to a string. */
function valueType({ checker }, object, name) {
  const property = object.properties.find((each) => isPropertyAssignment(each) && each.name.getText() === name);
  return property === undefined ? null : checker.getTypeAtLocation(property.initializer);
}

/** An event that is written in several places is one; it is live when it is so in any of them. */
function merge(events) {
  const byTypes = new Map();
  for (const event of events) {
    const key = [...event.types].sort().join();
    const known = byTypes.get(key);
    if (known === undefined) byTypes.set(key, event);
    else byTypes.set(key, { ...known, isLive: known.isLive || event.isLive });
  }
  return [...byTypes.values()].sort((left, right) => (left.types[0] < right.types[0] ? -1 : 1));
}

/** Which domains name another domain's event type or ask for all events of a kind; and the types that domains name as their own. */
function readersOf(model, files) {
  const consumers = new Map();
  const own = new Set();
  const taken = takenByPlatform(model);
  const add = (key, domain) => consumers.set(key, [...(consumers.get(key) ?? []), domain]);
  for (const file of files) {
    const domain = partOf(file);
    for (const node of model.nodes(file)) {
      if (isStringLiteral(node) || isNoSubstitutionTemplateLiteral(node)) {
        const owner = eventType.exec(node.text)?.[1];
        // A part of the platform that takes events takes them for every domain that imports it.
        for (const type of taken.get(node.text.replace(/^(\.\.\/)+/, '')) ?? []) add(type, domain);
        if (owner === undefined) continue;
        if (owner === domain) own.add(node.text);
        else add(node.text, domain);
      } else if (isPropertyAssignment(node) && node.name.getText() === 'kinds' && isArrayLiteralExpression(node.initializer)) {
        for (const kind of node.initializer.elements) add(`kind:${kind.text}`, domain);
      }
    }
  }
  return { consumers, own };
}

/** By file of the platform, the domains' event types that it names. */
function takenByPlatform(model) {
  const named = (file) => [...model.nodes(file)].filter((node) => isStringLiteral(node) && eventType.test(node.text));
  return new Map(
    model.files.filter((file) => partOf(file) === 'platform').map((file) => [file, named(file).map((node) => node.text)]),
  );
}

/** A type that a domain names as its own and does not write is a slip, or is written in a way that escapes this reading. */
function assertAllWritten(named, written) {
  const missing = [...named].filter((type) => !written.has(type));
  if (missing.length > 0) throw new Error(`Named in the code, but written nowhere: ${missing.join(', ')}`);
}

function nameOf(type) {
  return (type.getAliasSymbol() ?? type.getSymbol())?.name;
}
