/** Removes what jsonb cannot hold: NUL, and halves of surrogate pairs, which become U+FFFD. */
function storable(text: string): string {
  return text.replaceAll('\0', '').replace(/\p{Surrogate}/gu, '\ufffd');
}

/** A text as JSON that jsonb takes. */
export function stringJson(text: string): string {
  const json = JSON.stringify(text);
  return json.includes('\\u') ? JSON.stringify(storable(text)) : json;
}
