import type { AccessFindings } from '../../functions/engine/run/checkAccess.ts';
import { sizeText } from './amounts.ts';
import { drawTable } from './summary.ts';

const NOT_TOLD = 'not told';

/** What `check` found as a table, and a line for each warning. */
export function describeCheck(found: AccessFindings): string {
  const rows = [...gitlabRows(found), ...tokenRows(found), ...databaseRows(found)];
  const table = drawTable(
    ['what', 'found'],
    rows.map(([what, value]) => [what, value ?? NOT_TOLD]),
    [],
  );
  const warnings = found.warnings.map((warning) => `⚠ ${warning}\n`).join('');
  return `${table}${warnings}`.trimEnd();
}

type Row = readonly [string, string | null];

function gitlabRows(found: AccessFindings): readonly Row[] {
  const { certificate, rateLimitPerMinute: limit, clockDifferenceSeconds: seconds } = found;
  const edition = [found.version, found.edition, found.plan].filter((part) => part !== null);
  return [
    ['GitLab', found.gitlab],
    ['its version', edition.length === 0 ? null : edition.join(', ')],
    [
      'its certificate',
      certificate === null
        ? 'none'
        : `by ${certificate.issuer}, until ${certificate.expiresAt.toISOString().slice(0, 10)}`,
    ],
    ['its clock', seconds === null ? null : `${seconds.toString()} s ahead`],
    ['requests in a minute', limit === null ? null : limit.toLocaleString('en')],
    ['projects', counted(found.projects)],
    ['groups', counted(found.groups)],
  ];
}

function tokenRows(found: AccessFindings): readonly Row[] {
  const { expires, expiresInDays: days } = found;
  return [
    ["the token's user", found.user],
    ["the token's kind", found.tokenKind],
    [
      'is an administrator',
      found.adminMode === 'refused' ? 'yes, without Admin Mode' : yesNo(found.administrator),
    ],
    ["the token's scopes", found.scopes],
    ['the token ends', days === null ? expires : `${expires ?? ''}, in ${days.toString()} days`],
  ];
}

function databaseRows(found: AccessFindings): readonly Row[] {
  return [
    ['database', `${found.database}, ${sizeText(found.databaseBytes)}`],
    ['login', found.databaseUser],
    ['may create schemas', yesNo(found.mayCreateSchemas)],
    ['dataset', sizeText(found.datasetBytes)],
  ];
}

function counted(visible: AccessFindings['projects']): string | null {
  if (visible === null) return null;
  return `${visible.atLeast ? 'at least ' : ''}${visible.count.toLocaleString('en')}`;
}

function yesNo(value: boolean): string {
  return value ? 'yes' : 'no';
}
