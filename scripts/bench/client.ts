import { exitCodeOfReport } from '../../functions/engine/run/exitCode.ts';
import { keepMemoryFlat } from '../../functions/engine/run/memory.ts';
import { requestOf, runOnce } from '../commands/run.ts';

/** One run in a process of its own, whose last line says what it cost. */
async function measureRun(resources: readonly string[]): Promise<void> {
  const startedAt = performance.now();
  const report = await runOnce(
    { ...process.env, LOG_FORMAT: 'json' },
    requestOf({ all: true, resource: resources }),
    new AbortController().signal,
  );
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const cost = {
    seconds: (performance.now() - startedAt) / 1000,
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakMegabytes: maxRSS / 1024,
    requests: report.requests,
    written: Object.values(report.resources).reduce((sum, { written }) => sum + written, 0),
  };
  process.stdout.write(`${JSON.stringify(cost)}\n`);
  process.exitCode = exitCodeOfReport(report);
}

keepMemoryFlat();
void measureRun(process.argv.slice(2));
