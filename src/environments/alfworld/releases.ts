/** A release of the games as it was published, by SHA-256 digests. */
export interface Release {
  readonly name: string;
  /** Of the planning domain, which all games share. */
  readonly domain: string;
  /** Of the grammar without its task sentence, which all games share. */
  readonly wording: string;
  /** Per split: of the sorted lines `<task id> <digest of the file>`. */
  readonly splits: Readonly<Record<string, string>>;
}

/** Releases whose files are known. Their folder inside the archive is called json_2.1.1 all the same. */
export const RELEASES: readonly Release[] = [
  {
    name: '2.1.3 (json_2.1.3_tw-pddl)',
    domain: '0af55e7f92d12b09d28515aa730e4d03fddd17228ef1fd7b18a3ee8ba49b27b9',
    wording: '20f72a6a15fe12acd73392f27d94863b169256d411b66a98d92bb9287d6696d4',
    splits: {
      train: 'a8d7e3bab4cddd21aa897f8c85bbb42c3d675d6b07fa0daf3c315674be51de95',
      valid_seen: 'c00ab875e13dff7ddaea4ef22f455ba955f25284f17039940c3103136f314bc2',
      valid_unseen: 'b02b86cf656676c9a56e487d5de9c1a8ba235d0767b5a36c50744a28de6ad488',
      valid_train: '8e5cda37f925f9438ffa93de70df6a08c8b68f291d87e835eb22261805f9c33c',
    },
  },
];

/** What a grammar's wording says about releases whose digests are not known. */
export function ageOfWording(grammar: string): string {
  if (grammar.includes('put {o} in/on {r}')) {
    return 'wording of 2.1.0 and 2.1.1: "put … in/on …". Results are not comparable with those on 2.1.3, which says "move … to …"';
  }
  return grammar.includes('move {o} to {r}') ? 'wording like that of 2.1.3: "move … to …"' : 'a wording of its own';
}
