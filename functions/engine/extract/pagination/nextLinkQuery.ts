/** The query string of the `rel=next` link of a Link header, without `?` and fragment; undefined without one. */
export function nextLinkQuery(header: string | undefined): string | undefined {
  let rest = header ?? '';
  for (;;) {
    const open = rest.indexOf('<');
    const close = rest.indexOf('>', open);
    if (open < 0 || close < 0) return undefined;
    const following = rest.indexOf('<', close);
    const parameters = rest.slice(close + 1, following < 0 ? undefined : following);
    if (isNext(parameters)) return queryIn(rest.slice(open + 1, close));
    if (following < 0) return undefined;
    rest = rest.slice(following);
  }
}

function isNext(parameters: string): boolean {
  return parameters.split(/[;,]/).some((parameter) => {
    const [name = '', value = ''] = parameter.split('=', 2);
    if (name.trim().toLowerCase() !== 'rel') return false;
    return value.replaceAll('"', '').trim().toLowerCase().split(' ').includes('next');
  });
}

function queryIn(target: string): string {
  const [withoutFragment = ''] = target.split('#', 1);
  const start = withoutFragment.indexOf('?');
  return start < 0 ? '' : withoutFragment.slice(start + 1);
}
