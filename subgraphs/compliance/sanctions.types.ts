// The GraphQL types of sanctions lists and of what they say of names. No logic.
import { Max, MaxLength, Min } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { connectionType } from '../../platform/graph/connection.ts';
import { DateTime } from '../../platform/graph/scalars.ts';
import { UserStub } from './extended.types.ts';

export enum SanctionsListFormat {
  CLAWPURSE_CSV = 'CLAWPURSE_CSV',
  OFAC_CSV = 'OFAC_CSV',
  OFAC_XML = 'OFAC_XML',
  EU_XML = 'EU_XML',
  UN_XML = 'UN_XML',
}
registerEnumType(SanctionsListFormat, {
  name: 'SanctionsListFormat',
  description: 'How a sanctions list is written.',
  valuesConfig: {
    CLAWPURSE_CSV: { description: 'Columns reference, name and aliases; aliases separated by semicolons.' },
    OFAC_CSV: { description: 'SDN.CSV of the US Treasury, with ALT.CSV and ADD.CSV.' },
    OFAC_XML: { description: 'SDN.XML or CONSOLIDATED.XML of the US Treasury.' },
    EU_XML: { description: 'The consolidated financial sanctions file of the European Union, 1.1.' },
    UN_XML: { description: 'The consolidated list of the UN Security Council.' },
  },
});

@ObjectType({ description: 'How far all known parties are held against a list.' })
export class SanctionsRescreening {
  @Field(() => Int, { description: 'Parties looked at so far.' })
  parties: number;

  @Field(() => Int, { description: 'Cases that were opened.' })
  hits: number;

  @Field(() => DateTime, { nullable: true, description: 'When it was done; null while it runs.' })
  finishedAt: Date | null;
}

@ObjectType('SanctionsList', { description: 'One import of a sanctions list.' })
export class SanctionsListType {
  @Field(() => ID, { description: 'Id of the import.' })
  id: string;

  @Field(() => String, { description: 'Name of the list: "ofac-sdn".' })
  name: string;

  @Field(() => String, { description: 'Its version: the date of publication, as the file has it, or what the importer said.' })
  version: string;

  @Field(() => SanctionsListFormat, { description: 'How the file was written.' })
  format: SanctionsListFormat;

  @Field(() => String, { description: 'SHA-256 of the imported bytes, in hexadecimal.' })
  hash: string;

  @Field(() => Int, { description: 'How many parties it lists.' })
  entryCount: number;

  @Field(() => UserStub, { nullable: true, description: 'Who imported it; null for the system.' })
  importedBy: UserStub | null;

  @Field(() => DateTime, { description: 'When it was imported.' })
  importedAt: Date;

  @Field(() => DateTime, { nullable: true, description: 'When a later version replaced it; null for the one in force.' })
  supersededAt: Date | null;

  @Field(() => SanctionsRescreening, {
    nullable: true,
    description: 'How all known parties are held against it; null when nobody was known.',
  })
  rescreening?: SanctionsRescreening | null;
}

export const SanctionsListConnection = connectionType(SanctionsListType, 'SanctionsListConnection');

export enum WordLikeness {
  SAME = 'SAME',
  ALIKE = 'ALIKE',
  SOUNDS_ALIKE = 'SOUNDS_ALIKE',
}
registerEnumType(WordLikeness, {
  name: 'WordLikeness',
  description: 'Why two words were taken for the same.',
  valuesConfig: {
    SAME: { description: 'The same letters.' },
    ALIKE: { description: 'Nearly the same letters (Jaro–Winkler).' },
    SOUNDS_ALIKE: { description: 'They sound alike.' },
  },
});

@ObjectType({ description: 'A word of the name, and the word of the listed name that it was taken for.' })
export class SanctionsHitWord {
  @Field(() => String, { description: 'The word, as it is compared.' })
  word: string;

  @Field(() => String, { nullable: true, description: 'The listed word; null when there is none for it.' })
  listedWord: string | null;

  @Field(() => Int, { description: 'How alike they are, of 100.' })
  percent: number;

  @Field(() => WordLikeness, { nullable: true, description: 'Why.' })
  likeness: WordLikeness | null;
}

@ObjectType({ description: 'A listed party that a name resembles.' })
export class SanctionsHit {
  @Field(() => String, { description: 'Name of the list.' })
  list: string;

  @Field(() => String, { description: 'Version of the list.' })
  listVersion: string;

  @Field(() => String, { description: 'Number of the party in the list.' })
  reference: string;

  @Field(() => String, { description: 'The listed name, or alias, that comes closest.' })
  listedName: string;

  @Field(() => Boolean, { description: 'True when the author of the list calls the alias weak.' })
  isWeakAlias: boolean;

  @Field(() => Int, { description: 'How alike the names are: 100 is the same.' })
  percent: number;

  @Field(() => [SanctionsHitWord], { description: 'How the words go together.' })
  words: SanctionsHitWord[];

  @Field(() => String, { nullable: true, description: 'What is listed: INDIVIDUAL, ENTITY, VESSEL, AIRCRAFT or UNKNOWN.' })
  type: string | null;

  @Field(() => [String], { description: 'Countries, as the list writes them.' })
  countries: string[];

  @Field(() => [String], { description: 'Programmes, or regimes, that it is listed under.' })
  programmes: string[];
}

@ArgsType()
export class SanctionsSearchArgs {
  @Field(() => String, { description: 'A name, as people write it.' })
  @MaxLength(500)
  name: string;

  @Field(() => Int, { defaultValue: 85, description: 'Only hits that are so much alike: 70 to 100.' })
  @Min(70)
  @Max(100)
  percentMin: number;
}

@InputType({
  description: 'A sanctions list. Larger files than a request may be are imported with `clawpurse sanctions import`.',
})
export class ImportSanctionsListInput {
  @Field(() => String, { description: 'Name of the list: a later import under it replaces an earlier one.' })
  @MaxLength(100)
  name: string;

  @Field(() => SanctionsListFormat, { description: 'How the file is written.' })
  format: SanctionsListFormat;

  @Field(() => String, { nullable: true, description: 'Its version; without it the date of publication in the file.' })
  @MaxLength(100)
  version?: string | null;

  @Field(() => String, { description: 'The file.' })
  content: string;

  @Field(() => String, { nullable: true, description: 'OFAC_CSV: ALT.CSV.' })
  aliases?: string | null;

  @Field(() => String, { nullable: true, description: 'OFAC_CSV: ADD.CSV.' })
  addresses?: string | null;

  @Field(() => Boolean, { nullable: true, description: 'Take the list although it lost more than a fifth of its parties.' })
  acceptsShrinking?: boolean | null;
}

@ObjectType({ description: 'The imported list.' })
export class ImportSanctionsListPayload {
  @Field(() => SanctionsListType, { description: 'The list.' })
  sanctionsList: SanctionsListType;
}

@InputType({ description: 'The country of a party, as an officer has found it out.' })
export class RecordPartyCountryInput {
  @Field(() => ID, { description: 'The user or external account.' })
  @MaxLength(256)
  partyId: string;

  @Field(() => String, { nullable: true, description: 'ISO 3166-1 alpha-2; null: not known any more.' })
  @MaxLength(2)
  country?: string | null;
}

@ObjectType({ description: 'What was recorded.' })
export class RecordPartyCountryPayload {
  @Field(() => ID, { description: 'The user or external account.' })
  partyId: string;

  @Field(() => String, { nullable: true, description: 'Its country.' })
  country: string | null;
}
