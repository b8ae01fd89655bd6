/** A WordPiece vocabulary of its own for a small model, and the files that say how it is used. */

const special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/** Words of letters, numbers of digits, marks one by one: as BERT's pre-tokenizer has them of plain text. */
function wordsOf(texts: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts)
    for (const [word] of text.toLowerCase().matchAll(/[a-z0-9]+|[^\sa-z0-9]/g))
      counts.set(word, (counts.get(word) ?? 0) + 1);
  return counts;
}

/**
 * Pieces of words, at most `size` with the special tokens: all characters, then pairs of neighbours joined again and again,
 * the most frequent pair first (Sennrich, Haddow and Birch 2016), of equal ones the first in the alphabet. A piece that
 * continues a word begins with `##`.
 */
export function wordPieces(texts: readonly string[], size: number): string[] {
  const words = [...wordsOf(texts)].map(([word, count]) => ({ count, pieces: characters(word) }));
  const letters = "abcdefghijklmnopqrstuvwxyz0123456789".split("");
  const known = new Set([
    ...letters,
    ...letters.map((letter) => `##${letter}`),
    ...words.flatMap(({ pieces }) => pieces),
  ]);
  const vocabulary = [...special, ...[...known].sort()];
  while (vocabulary.length < size) {
    const pairs = new Map<string, number>();
    for (const { count, pieces } of words)
      for (let i = 1; i < pieces.length; i++) {
        const pair = `${pieces[i - 1]} ${pieces[i]}`;
        pairs.set(pair, (pairs.get(pair) ?? 0) + count);
      }
    const [best] = [...pairs].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
    if (!best) break;
    const [first, second] = best[0].split(" ") as [string, string];
    const joined = first + second.slice(2);
    if (!known.has(joined)) vocabulary.push(joined);
    known.add(joined);
    for (const word of words) join(word.pieces, first, second, joined);
  }
  return vocabulary;
}

function characters(word: string): string[] {
  return [...word].map((letter, i) => (i === 0 ? letter : `##${letter}`));
}

function join(pieces: string[], first: string, second: string, joined: string): void {
  for (let i = 0; i + 1 < pieces.length; i++)
    if (pieces[i] === first && pieces[i + 1] === second) pieces.splice(i, 2, joined);
}

/** tokenizer.json and tokenizer_config.json of a lower-case BERT with these pieces. */
export function tokenizerFiles(vocabulary: readonly string[], maxLength: number): Record<string, object> {
  const token = (id: string): object => ({ SpecialToken: { id, type_id: 0 } });
  const text = (id: "A" | "B"): object => ({ Sequence: { id, type_id: 0 } });
  const idOf = (content: string): number => vocabulary.indexOf(content);
  const shared = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  return {
    "tokenizer.json": {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: special.map((content) => ({ id: idOf(content), content, ...shared })),
      normalizer: {
        type: "BertNormalizer",
        clean_text: true,
        handle_chinese_chars: true,
        strip_accents: null,
        lowercase: true,
      },
      pre_tokenizer: { type: "BertPreTokenizer" },
      post_processor: {
        type: "TemplateProcessing",
        single: [token("[CLS]"), text("A"), token("[SEP]")],
        pair: [token("[CLS]"), text("A"), token("[SEP]"), text("B"), token("[SEP]")],
        special_tokens: Object.fromEntries(["[CLS]", "[SEP]"].map((id) => [id, { id, ids: [idOf(id)], tokens: [id] }])),
      },
      decoder: { type: "WordPiece", prefix: "##", cleanup: true },
      model: {
        type: "WordPiece",
        unk_token: "[UNK]",
        continuing_subword_prefix: "##",
        max_input_chars_per_word: 100,
        vocab: Object.fromEntries(vocabulary.map((piece, id) => [piece, id])),
      },
    },
    "tokenizer_config.json": {
      tokenizer_class: "BertTokenizer",
      do_lower_case: true,
      model_max_length: maxLength,
      pad_token: "[PAD]",
      unk_token: "[UNK]",
      cls_token: "[CLS]",
      sep_token: "[SEP]",
      mask_token: "[MASK]",
    },
  };
}
