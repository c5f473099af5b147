// The graph's fields of sanctions lists: arguments to use cases, results to types, and the line that says who may ask.
import { Arg, Args, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { RequiresPermission } from '../../platform/graph/authorisation.ts';
import { ConnectionArgs } from '../../platform/graph/connection.ts';
import type { GraphContext } from '../../platform/graph/context.ts';
import { requireIdentity } from '../../platform/identity/identity.ts';
import type { PartyCountryService } from './party-country.service.ts';
import type { SanctionsListImport } from './sanctions.repository.ts';
import type { SanctionsSearchHit, SanctionsService } from './sanctions.service.ts';
import {
  ImportSanctionsListInput,
  ImportSanctionsListPayload,
  RecordPartyCountryInput,
  RecordPartyCountryPayload,
  SanctionsHit,
  SanctionsListConnection,
  SanctionsListFormat,
  SanctionsListType,
  SanctionsRescreening,
  SanctionsSearchArgs,
  WordLikeness,
} from './sanctions.types.ts';

@Resolver(() => SanctionsListType)
export class SanctionsResolver {
  readonly #sanctions: SanctionsService;
  readonly #countries: PartyCountryService;

  constructor(sanctions: SanctionsService, countries: PartyCountryService) {
    this.#sanctions = sanctions;
    this.#countries = countries;
  }

  @RequiresPermission('compliance:read')
  @Query(() => SanctionsListConnection, { description: 'Imports of sanctions lists, newest first.' })
  async sanctionsLists(@Args(() => ConnectionArgs) args: ConnectionArgs) {
    const { edges, pageInfo } = await this.#sanctions.imports(args);
    const mapped = edges.map(({ cursor, node }) => ({ cursor, node: toListType(node) }));
    return { edges: mapped, nodes: mapped.map(({ node }) => node), pageInfo };
  }

  @FieldResolver(() => SanctionsRescreening, {
    nullable: true,
    description: 'How all known parties are held against it; null when nobody was known.',
  })
  rescreening(@Root() { id }: SanctionsListType): Promise<SanctionsRescreening | null> {
    return this.#sanctions.rescreening(id);
  }

  @RequiresPermission('compliance:read')
  @Query(() => [SanctionsHit], {
    description: 'Listed parties that a name resembles, the closest first, each explained word by word.',
  })
  async sanctionsSearch(@Args(() => SanctionsSearchArgs) { name, percentMin }: SanctionsSearchArgs) {
    return (await this.#sanctions.search(name, percentMin)).map(toHitType);
  }

  @RequiresPermission('compliance:review')
  @Mutation(() => ImportSanctionsListPayload, {
    description: 'Imports a sanctions list, whole or not at all; all known parties are held against it in the background.',
  })
  async importSanctionsList(
    @Arg('input', () => ImportSanctionsListInput, { description: 'The list.' }) input: ImportSanctionsListInput,
    @Ctx() context: GraphContext,
  ) {
    return { sanctionsList: toListType(await this.#sanctions.importList(input, this.#actor(context))) };
  }

  @RequiresPermission('compliance:review')
  @Mutation(() => RecordPartyCountryPayload, { description: 'Records the country of a user or external account.' })
  async recordPartyCountry(
    @Arg('input', () => RecordPartyCountryInput, { description: 'The country.' }) { partyId, country }: RecordPartyCountryInput,
    @Ctx() context: GraphContext,
  ) {
    return this.#countries.record({ partyId, country: country ?? null }, this.#actor(context));
  }

  #actor({ identity, requestId }: GraphContext) {
    const { userId } = requireIdentity(identity);
    return { userId, requestId };
  }
}

function toListType({ format, importedBy, ...list }: SanctionsListImport): SanctionsListType {
  const importer = importedBy === 'system' ? null : { id: importedBy };
  return Object.assign(new SanctionsListType(), { ...list, format: SanctionsListFormat[format], importedBy: importer });
}

function toHitType({ listed, percent, words, entry }: SanctionsSearchHit): SanctionsHit {
  const { list, listVersion, reference, name, isWeak } = listed;
  return {
    list,
    listVersion,
    reference,
    listedName: name,
    isWeakAlias: isWeak,
    percent,
    words: words.map((word) => ({ ...word, likeness: word.likeness && WordLikeness[word.likeness] })),
    type: entry?.type ?? null,
    countries: [...(entry?.countries ?? [])],
    programmes: [...(entry?.programmes ?? [])],
  };
}
