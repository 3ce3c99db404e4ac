import { expect, test } from 'vitest';

import {
  type CliEvent,
  type CliResult,
  eventsOf,
  openWorkshop,
  runCli,
} from '../../support/cli.ts';

interface DemoCheck extends CliEvent {
  readonly equal: boolean;
  readonly newRows: number;
  readonly requests: number;
}

function checkOf(result: CliResult): DemoCheck {
  const last = eventsOf(result).at(-1);
  if (last?.event !== 'demo-check') throw new Error(`no demo-check: ${result.stderr}`);
  return last as DemoCheck;
}

/** As somebody starts it who sets nothing. */
const QUIET = { QUIET_HOURS: '24' };

test(
  'npm start loads the simulated GitLab, and has next to nothing to do again',
  { timeout: 90_000 },
  async () => {
    using workshop = openWorkshop();
    const demo = workshop.entrance('scripts/demo.ts');

    const first = await runCli(demo, [], QUIET);
    const second = await runCli(demo, [], QUIET);

    expect(first).toMatchObject({ exitCode: 0, stderr: '' });
    expect(checkOf(first)).toMatchObject({ equal: true });
    expect(checkOf(first).newRows).toBeGreaterThan(4_000);
    expect(second).toMatchObject({ exitCode: 0, stderr: '' });
    expect(checkOf(second)).toMatchObject({ equal: true, newRows: 0 });
    expect(checkOf(second).requests).toBeLessThan(checkOf(first).requests * 0.2);
  },
);
