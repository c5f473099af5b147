import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseOfacCsv } from './sanctions.csv.ts';
import { parseSanctionsXml, type XmlFormat } from './sanctions.xml.ts';

const read = (name: string) => readFile(join(import.meta.dirname, 'lists', name), 'utf8');
const strong = (...names: string[]) => names.map((name) => ({ name, isWeak: false }));
const weak = (name: string) => ({ name, isWeak: true });

describe('sanctions lists as they are published', () => {
  it('of OFAC in CSV, with aliases, addresses and weak aliases from the remarks', async () => {
    const [sdn, alt, add] = await Promise.all(['sdn.csv', 'alt.csv', 'add.csv'].map(read));
    expect(parseOfacCsv({ sdn: sdn ?? '', alt: alt ?? '', add: add ?? '' })).toEqual([
      {
        reference: '7001',
        type: 'INDIVIDUAL',
        names: [...strong('GLOOMHAVEN, Malachar Igor', 'GLUMHAVEN, Malakhar'), weak('BARON')],
        countries: ['Ruritania'],
        programmes: ['FABLES', 'DOOM-EO1'],
      },
      {
        reference: '7002',
        type: 'ENTITY',
        names: strong('OBSIDIAN TURNIP TRADING, LTD.', 'TURNIP & SONS'),
        countries: ['Elbonia'],
        programmes: ['FABLES'],
      },
      { reference: '7003', type: 'VESSEL', names: strong('BLACK "KRAKEN"'), countries: [], programmes: ['FABLES'] },
    ]);
    expect(() => parseOfacCsv({ sdn: '1,"A"\n', alt: '', add: '' })).toThrow('line 1: 12 fields are needed in sdn.csv, not 2');
  });

  const published: [XmlFormat, string, string, object[]][] = [
    [
      'OFAC_XML',
      'sdn.xml',
      '11/13/2026',
      [
        {
          reference: '7001',
          type: 'INDIVIDUAL',
          names: [...strong('Malachar Igor GLOOMHAVEN', 'Malakhar GLUMHAVEN'), weak('BARON')],
          countries: ['Ruritania'],
          programmes: ['FABLES', 'DOOM-EO1'],
        },
        { reference: '7002', type: 'ENTITY', names: strong('OBSIDIAN TURNIP & CO'), countries: [], programmes: ['FABLES'] },
      ],
    ],
    [
      'EU_XML',
      'eu.xml',
      '2026-11-13T16:47:04.449+02:00',
      [
        {
          reference: 'EU.70.01',
          type: 'INDIVIDUAL',
          names: [...strong('Malachár Gloomhaven', 'Малахар Глумхавен'), weak('The Baron')],
          countries: ['XR'],
          programmes: ['FAB'],
        },
        { reference: '201', type: 'ENTITY', names: strong('Obsidian Turnip GmbH'), countries: [], programmes: [] },
      ],
    ],
    [
      'UN_XML',
      'un.xml',
      '2026-11-13T23:00:03.428Z',
      [
        {
          reference: 'FBi.001',
          type: 'INDIVIDUAL',
          names: [...strong('MALACHAR IGOR GLOOMHAVEN', 'Malakhar Glumhaven'), weak('Baron'), ...strong('Малахар Глумхавен')],
          countries: ['Ruritania', 'Elbonia'],
          programmes: ['Fables'],
        },
        {
          reference: 'FBe.002',
          type: 'ENTITY',
          names: strong('OBSIDIAN TURNIP TRUST', 'Turnip & Sons'),
          countries: ['Elbonia'],
          programmes: ['Fables'],
        },
      ],
    ],
  ];

  it.each(published)('in %s, wherever the text is cut into pieces', async (format, file, publishedAt, parties) => {
    const text = await read(file);
    for (const size of [7, text.length]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, at) => text.slice(at * size, (at + 1) * size));
      expect(await parseSanctionsXml(format, pieces)).toEqual({ publishedAt, parties });
    }
  });

  it.each([
    ['OFAC_XML', '<export/>', 'the root is <export>, and <sdnList> is needed'],
    ['OFAC_XML', '<sdnList></sdnList>', 'the file lists nobody'],
    ['OFAC_XML', '<sdnList><sdnEntry>', 'no well-formed XML'],
    ['OFAC_XML', '<sdnList>&boom;</sdnList>', 'no well-formed XML'],
    ['OFAC_XML', '<sdnList><sdnEntry><uid>1</uid></sdnEntry></sdnList>', 'the party 1 has no name'],
    ['OFAC_XML', '<sdnList><sdnEntry><lastName>A</lastName></sdnEntry></sdnList>', 'a party has no reference'],
    [
      'EU_XML',
      '<export><sanctionEntity logicalId="1"><nameAlias wholeName="A"/></sanctionEntity><sanctionEntity logicalId="1"><nameAlias wholeName="A"/></sanctionEntity></export>',
      'used twice',
    ],
  ] as const)('are refused as a whole: %s %s', async (format, text, problem) => {
    await expect(parseSanctionsXml(format, [text])).rejects.toThrow(problem);
  });
});
