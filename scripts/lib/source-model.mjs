// What the TypeScript compiler knows of the sources, for documentation that is read from the code instead of written a second time.
// The compiler calls this interface unstable: the version is pinned, and the reference is checked.
import { dirname, join, relative } from 'node:path';
import { API } from 'typescript/unstable/sync';
import { root } from './project.mjs';

/** TypeScript's `NodeBuilderFlags.NoTruncation`: types are written out in full. */
const noTruncation = 1;
const isProduction = (file) => !/\.(test|suite|fixtures|check|sample)\.ts$|\/testing\/|^(tests|bench|prisma|dist)\//.test(file);

/** Opens the project, hands its model to `read`, and gives what that gives. */
export function withSourceModel(read) {
  const api = new API({ cwd: root });
  try {
    const configFile = join(root, 'tsconfig.json');
    const project = api.updateSnapshot({ openProject: configFile }).getProject(configFile);
    return read(modelOf(project));
  } finally {
    api.close();
  }
}

function modelOf({ program, checker }) {
  const files = program
    .getSourceFileNames()
    .map((path) => relative(root, path))
    .filter((file) => !file.startsWith('..') && !file.includes('node_modules') && isProduction(file))
    .sort();

  const model = {
    checker,
    files,
    /** Every node of one file, outer before inner. */
    *nodes(file) {
      const source = program.getSourceFile(join(root, file));
      yield* descendants(source);
    },
    /** The file's opening comment, as one line. */
    headerOf(file) {
      const lines = program.getSourceFile(join(root, file)).text.split('\n');
      const end = lines.findIndex((line) => !line.startsWith('//'));
      return lines
        .slice(0, end)
        .map((line) => line.slice(2).trim())
        .join(' ');
    },
    /** A type as a reader of JSON needs it: aliases and names resolved to what they stand for. */
    describe(type) {
      if (type.isUnionType()) return describeUnion(type.getTypes());
      if (checker.isArrayType(type)) return `${inBrackets(model.describe(checker.getTypeArguments(type)[0]))}[]`;
      if (type.isObjectType() || type.isIntersectionType()) {
        const fields = model.fieldsOf(type);
        if (fields.length > 0) return `{ ${fields.map((field) => `${field.name}: ${field.type}`).join('; ')} }`;
        if (checker.getIndexInfosOfType(type).length > 0) return 'JSON object';
        return '{}';
      }
      return checker.typeToString(type, undefined, noTruncation);
    },
    /** The named properties of an object type, with their types and doc comments. */
    fieldsOf(type) {
      return checker.getPropertiesOfType(type).map((property) => ({
        name: property.name,
        type: model.describe(checker.getTypeOfSymbol(property)),
        comment: oneLine(checker.getDocumentationCommentOfSymbol(property)),
      }));
    },
    propertyType(type, name) {
      const property = checker.getPropertyOfType(type, name);
      return property === undefined ? null : checker.getTypeOfSymbol(property);
    },
  };

  function describeUnion(types) {
    const names = types.map((member) => model.describe(member)).sort((left, right) => (left === 'null') - (right === 'null'));
    // The compiler keeps a boolean as two members.
    if (!names.includes('true') || !names.includes('false')) return names.join(' | ');
    return ['boolean', ...names.filter((name) => name !== 'true' && name !== 'false')].join(' | ');
  }
  return model;
}

function* descendants(node) {
  yield node;
  const children = [];
  node.forEachChild((child) => {
    children.push(child);
  });
  for (const child of children) yield* descendants(child);
}

function inBrackets(text) {
  return text.includes(' | ') ? `(${text})` : text;
}

export function oneLine(text) {
  return text.replace(/\s+/g, ' ').trim();
}

/** The string literals that a type consists of; null when it may be any other text. */
export function literalsOf(type) {
  const members = type?.isUnionType() ? type.getTypes() : [type];
  return members.every((member) => member?.isStringLiteralType()) ? members.map(({ value }) => value) : null;
}

/** The part of the system that a file belongs to: a domain's name, `gateway`, `platform`… */
export function partOf(file) {
  const [first, second] = file.split('/');
  return first === 'subgraphs' ? second : first;
}

/** Text in a table cell. */
export function cell(text) {
  return oneLine(text).replaceAll('|', '\\|').replaceAll('<', '\\<');
}

/** Code in a table cell. */
export function codeCell(text) {
  return `\`${text.replaceAll('|', '\\|')}\``;
}

/** A link from `docs/reference/` to a file of the project. */
export function sourceLink(file) {
  return `[\`${file}\`](${join(relative(join('docs', 'reference'), dirname(file)), file.split('/').pop())})`;
}
