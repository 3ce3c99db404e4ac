import { existsSync } from 'node:fs';

import { catalog } from '../../functions/catalog.ts';

/** Functions besides those of the families. */
const OTHERS = {
  receive: 'functions/webhooks/receive.ts',
  webhooks: 'functions/webhooks/index.ts',
};

/** What FUNCTION_TARGET may name, each with the file that registers it. */
export function functionTargets(root: string): Readonly<Record<string, string>> {
  const families = Object.keys(catalog).map((family) => [family, `functions/${family}/index.ts`]);
  const others = Object.entries(OTHERS).filter(([, file]) => existsSync(`${root}/${file}`));
  return Object.fromEntries([...families, ...others]) as Record<string, string>;
}

/** The Cloud Run job, which is no function: its file begins at once. */
export function jobFile(root: string): string | undefined {
  const file = 'functions/job.ts';
  return existsSync(`${root}/${file}`) ? file : undefined;
}
