import { type Handler, queryOf, sendJson } from './tinyServer.ts';

/** An offset list of `total` records with GitLab's headers. */
export function offsetList(
  total: number,
  withTotals: 'totals' | 'no totals' = 'no totals',
): Handler {
  return (request, response) => {
    const query = queryOf(request);
    const size = Number(query.get('per_page') ?? 20);
    const page = Number(query.get('page') ?? 1);
    const begin = (page - 1) * size;
    const records = Array.from(
      { length: Math.min(size, Math.max(0, total - begin)) },
      (_, index) => ({
        id: begin + index + 1,
      }),
    );
    const hasNext = begin + size < total;
    const totals = withTotals === 'totals' ? { 'x-total-pages': Math.ceil(total / size) } : {};
    sendJson(response, records, {
      headers: { 'x-next-page': hasNext ? String(page + 1) : '', ...totals },
    });
  };
}

/** A keyset list, ids ascending, whose link claims to be on another host and carries a credential. */
export function keysetList(total: number): Handler {
  return (request, response) => {
    const query = queryOf(request);
    if (query.get('pagination') !== 'keyset') {
      sendJson(response, { message: 'offset' }, { status: 500 });
      return;
    }
    const size = Number(query.get('per_page'));
    const after = Number(query.get('id_after') ?? 0);
    const count = Math.max(0, Math.min(size, total - after));
    const records = Array.from({ length: count }, (_, index) => ({ id: after + index + 1 }));
    query.set('id_after', String(after + size));
    query.set('private_token', 'stolen');
    const link = `<http://evil.invalid/elsewhere?${query.toString()}>; rel="next"`;
    sendJson(response, records, { headers: records.length > 0 ? { link } : {} });
  };
}
