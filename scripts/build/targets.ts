import { catalog } from '../../functions/catalog.ts';

/** What FUNCTION_TARGET may name, each with the file that registers it. */
export const FUNCTION_TARGETS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.keys(catalog).map((family) => [family, `functions/${family}/index.ts`]),
  ),
  receive: 'functions/webhooks/receive.ts',
  webhooks: 'functions/webhooks/index.ts',
};

/** The Cloud Run job, which is no function: its file begins at once. */
export const JOB_FILE = 'functions/job.ts';
