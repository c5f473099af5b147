import { describe, expect, it } from 'vitest';
import { checkpointText, createNoteSigner, parseCheckpoint, parseVerifierKey } from './note.rules.ts';

/** Published notes: the example of C2SP's signed-note, and the one in the documentation of Go's sumdb. */
const published = [
  [
    'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k',
    'This is an example message.\n',
    '— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n',
  ],
  [
    'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW',
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n",
    '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n',
  ],
] as const;

describe('signed notes', () => {
  it.each(published)('of others are opened: %s', (key, text, signature) => {
    const verifier = parseVerifierKey(key);
    const note = `${text}\n${signature}`;
    expect(verifier.open(note)).toBe(text);
    expect(verifier.open(`Ignore: ${note}`)).toBeNull();
    expect(verifier.open(note.slice(0, -1))).toBeNull();
    expect(verifier.open(text)).toBeNull();
    expect(verifier.open(`${note}no signature\n`)).toBeNull();
  });

  it('are opened by the key that signed them, and by no other of that name', () => {
    const signer = createNoteSigner('log.example/audit', Buffer.alloc(32, 7));
    const note = signer.sign('Hello.\n');
    expect(parseVerifierKey(signer.verifierKey).open(note)).toBe('Hello.\n');
    // Witnesses add their lines behind the log's.
    const witness = createNoteSigner('witness', Buffer.alloc(32, 8));
    const line = witness.sign('Hello.\n').split('\n\n')[1];
    expect(parseVerifierKey(witness.verifierKey).open(note + line)).toBe('Hello.\n');
    const impostor = createNoteSigner('log.example/audit', Buffer.alloc(32, 9));
    expect(parseVerifierKey(impostor.verifierKey).open(note)).toBeNull();
    expect(() => signer.sign('no line break')).toThrow('line break');
    expect(() => createNoteSigner('two words', Buffer.alloc(32))).toThrow('no space');
    expect(() => createNoteSigner('short', Buffer.alloc(16))).toThrow('32 bytes');
  });

  it.each(['', 'name', 'PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW', 'x+00000000+AA=='])(
    'take no other text for a key: %j',
    (text) => expect(() => parseVerifierKey(text)).toThrow('no verifier key'),
  );

  it('carry checkpoints', () => {
    const root = Buffer.from('CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=', 'base64');
    const text = 'example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n';
    const checkpoint = { origin: 'example.com/behind-the-sofa', size: 20_852_163, root };
    expect(checkpointText(checkpoint)).toBe(text);
    expect(parseCheckpoint(text)).toEqual(checkpoint);
    for (const bad of ['', 'a\n1\n', text.replace('208', '008'), text.replace('2I=', '2I'), text.replace('2085', '-085')])
      expect(parseCheckpoint(bad)).toBeNull();
  });
});
