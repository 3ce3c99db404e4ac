const MOST_CHARACTERS = 200;
/** Long runs of letters and digits may be tokens, hashes or keys. */
const SECRET_LIKE = /gl[a-z]{2,6}-[\w-]+|(?=[\w-]*\d)[\w-]{20,}/gi;
const CONTROL = /[\p{C}\s]+/gu;

/** Words of GitLab on one short line, without anything that may be a secret; empty for what is no text. */
export function shownWords(value: unknown): string {
  if (typeof value !== 'string') return '';
  const line = value.replaceAll(CONTROL, ' ').trim().replaceAll(SECRET_LIKE, '…');
  return line.length > MOST_CHARACTERS ? `${line.slice(0, MOST_CHARACTERS)}…` : line;
}
