// docs/reference/errors.md, from every list that the code declares with `defineErrors`.
import {
  isArrowFunction,
  isCallExpression,
  isConditionalExpression,
  isIdentifier,
  isNoSubstitutionTemplateLiteral,
  isObjectLiteralExpression,
  isPropertyAccessExpression,
  isPropertyAssignment,
  isStringLiteral,
  isTemplateExpression,
  isVariableDeclaration,
} from 'typescript/unstable/ast/is';
import { cell, codeCell, oneLine, partOf, sourceLink } from './source-model.mjs';

/** `protocolCodes` are those that GraphQL and HTTP find without us. */
export function errorReference(model, { parts, protocolCodes }) {
  const lists = model.files.flatMap((file) => listsOf(model, file));
  const sections = parts.flatMap((part) => {
    const own = lists.filter((list) => partOf(list.file) === part);
    return own.length === 0 ? [] : [`## ${part}`, ...own.map(listSection)];
  });
  return [
    '# Error codes',
    `Every error of the graph has \`extensions.code\`, stable, and \`extensions.retryable\`: whether the same request may succeed later
without being changed. \`extensions.details\` has the values that explain it, as listed here. Messages are for people and may be improved;
in them, \`{name}\` stands for a value of the details.`,
    `What is wrong with an operation before any code of ours runs has one of GraphQL's and HTTP's own codes, and a message that says where:
${protocolCodes.map((code) => `\`${code}\``).join(', ')}. Anything unforeseen is \`INTERNAL_SERVER_ERROR\`, with the request id to tell
support; what happened stands in the log under that id, and nothing of it leaves.`,
    ...sections,
  ].join('\n\n');
}

function listSection({ name, file, comment, errors }) {
  const rows = errors.map(({ code, message, details, isRetryable }) => {
    const values = details.map((field) => codeCell(`${field.name}: ${field.type}`)).join(', ');
    return `| ${codeCell(code)} | ${cell(message)} | ${values} | ${isRetryable ? 'yes' : ''} |`;
  });
  return `### ${name}

${comment} ${sourceLink(file)}

| code | message | details | retryable |
|---|---|---|---|
${rows.join('\n')}`;
}

function listsOf(model, file) {
  const lists = [];
  for (const node of model.nodes(file)) {
    if (!isVariableDeclaration(node) || node.initializer === undefined || !isCallExpression(node.initializer)) continue;
    const [definitions] = node.initializer.arguments;
    if (node.initializer.expression.getText() !== 'defineErrors' || !isObjectLiteralExpression(definitions)) continue;
    const symbol = model.checker.getSymbolAtLocation(node.name);
    const comment = oneLine(model.checker.getDocumentationCommentOfSymbol(symbol)) || model.headerOf(file);
    lists.push({ name: node.name.getText(), file, comment, errors: definitions.properties.map((each) => errorOf(model, each)) });
  }
  return lists;
}

function errorOf(model, property) {
  const parts = Object.fromEntries(
    property.initializer.properties.filter(isPropertyAssignment).map((part) => [part.name.getText(), part.initializer]),
  );
  const { message, retryable } = parts;
  if (message === undefined || !isArrowFunction(message))
    throw new Error(`${property.name.getText()}: the message of an error has to be an arrow function to be documented.`);
  const [parameter] = message.parameters;
  return {
    code: property.name.getText(),
    message: messageText(message.body, parameter.name.getText()),
    details: model.fieldsOf(model.checker.getTypeAtLocation(parameter.name)),
    isRetryable: retryable?.getText() === 'true',
  };
}

/** The message as its template reads, with the values by name. */
function messageText(body, parameter) {
  if (isStringLiteral(body) || isNoSubstitutionTemplateLiteral(body)) return body.text;
  if (isTemplateExpression(body)) {
    const spans = body.templateSpans.map(({ expression, literal }) => `{${valueName(expression, parameter)}}${literal.text}`);
    return body.head.text + spans.join('');
  }
  if (isConditionalExpression(body)) {
    const alternatives = [body.whenTrue, body.whenFalse].map((part) => messageText(part, parameter));
    return alternatives.join(' *or* ');
  }
  return `{${valueName(body, parameter)}}`;
}

/** `d.known.join(', ')` is `known`; what is more than one value keeps its formula: `d.port + 1` is `port + 1`. */
function valueName(expression, parameter) {
  let inner = expression;
  while (isCallExpression(inner) || isPropertyAccessExpression(inner)) {
    if (isPropertyAccessExpression(inner) && isIdentifier(inner.expression) && inner.expression.getText() === parameter)
      return inner.name.getText();
    inner = inner.expression;
  }
  return oneLine(expression.getText().replaceAll(`${parameter}.`, ''));
}
