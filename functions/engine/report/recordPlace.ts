/** Names a record of a page in a sentence: counted from 1, and without the query, which may hold e-mail addresses. */
export function recordPlace({
  request,
  index,
}: {
  readonly request: string;
  readonly index: number;
}): string {
  return `record ${(index + 1).toString()} of '${request.split('?', 1)[0] ?? ''}'`;
}
