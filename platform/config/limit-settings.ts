// The environment variables that limit what one operation may ask for.
import { wholeNumber } from './settings.ts';

export const limitSettings = {
  QUERY_DEPTH_MAX: wholeNumber(1, 100, 12, 'Deepest selection that an operation may have.'),
  QUERY_ALIASES_MAX: wholeNumber(0, 10_000, 30, 'Aliases that an operation may use.'),
  QUERY_ROOT_FIELDS_MAX: wholeNumber(1, 1000, 20, 'Root fields that an operation may select.'),
  QUERY_TOKENS_MAX: wholeNumber(100, 100_000, 4000, 'Lexical tokens that a document may have.'),
  QUERY_FIELDS_MAX: wholeNumber(
    10,
    1_000_000,
    10_000,
    'Fields that an operation may select, its fragments written out wherever they are spread.',
  ),
  QUERY_DIRECTIVES_MAX: wholeNumber(0, 10_000, 100, 'Directives that an operation may use.'),
  QUERY_LIST_ITEMS_MAX: wholeNumber(1, 1_000_000, 1000, 'Items that one list among the arguments or variables may have.'),
  QUERY_OBJECTS_MAX: wholeNumber(
    100,
    100_000_000,
    10_000,
    'Objects that an operation may ask for; page sizes multiply where lists are nested.',
  ),
  BODY_BYTES_MAX: wholeNumber(1024, 104_857_600, 1_048_576, 'Largest request body and WebSocket message.', 'bytes'),
} as const;

/** What one operation may ask for. */
export interface OperationLimitConfig {
  readonly depthMax: number;
  readonly aliasesMax: number;
  readonly rootFieldsMax: number;
  readonly tokensMax: number;
  readonly fieldsMax: number;
  readonly directivesMax: number;
  readonly listItemsMax: number;
  readonly objectsMax: number;
  readonly bodyBytesMax: number;
}

type LimitValues = { readonly [Name in keyof typeof limitSettings]: (typeof limitSettings)[Name]['schema']['_output'] };

export function limitConfig(values: LimitValues): OperationLimitConfig {
  return {
    depthMax: values.QUERY_DEPTH_MAX,
    aliasesMax: values.QUERY_ALIASES_MAX,
    rootFieldsMax: values.QUERY_ROOT_FIELDS_MAX,
    tokensMax: values.QUERY_TOKENS_MAX,
    fieldsMax: values.QUERY_FIELDS_MAX,
    directivesMax: values.QUERY_DIRECTIVES_MAX,
    listItemsMax: values.QUERY_LIST_ITEMS_MAX,
    objectsMax: values.QUERY_OBJECTS_MAX,
    bodyBytesMax: values.BODY_BYTES_MAX,
  };
}
