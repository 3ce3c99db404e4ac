import type { RunEvent } from '../model/events.ts';

type Severity = 'INFO' | 'NOTICE' | 'WARNING' | 'ERROR';

/** One event as one line of JSON in Cloud Logging's form; the line never contains a line break. */
export function logLine(event: RunEvent, time: Date): string {
  const { severity, message } = describe(event);
  return JSON.stringify({ severity, message, time: time.toISOString(), ...event });
}

/** What an event means to a person. */
function describe(event: RunEvent): { readonly severity: Severity; readonly message: string } {
  switch (event.event) {
    case 'run-started':
      return info(`Run ${event.runId} loads ${event.resources.length.toString()} resources.`);
    case 'resource-started':
      return info(`Loading ${event.resource}.`);
    case 'package-committed':
      return info(`${event.resource}: ${counted(event.rows, 'row')} written, ${event.unchanged.toString()} unchanged.`);
    case 'partition-finished':
      return info(`${event.resource}: ${event.partition === '' ? 'the instance' : event.partition} is complete.`);
    case 'schema-changed':
      return { severity: 'NOTICE', message: schemaMessage(event) };
    case 'resource-finished':
      return info(`${event.resource}: ${counted(event.read, 'row')} read, ${event.written.toString()} written.`);
    case 'request-retried':
      return { severity: 'WARNING', message: `${event.request} answered ${event.status.toString()}; again in ${event.waitMilliseconds.toString()} ms.` };
    case 'problem':
      return { severity: event.code === 'NOTICE' ? 'NOTICE' : 'ERROR', message: event.message };
    case 'run-report':
      return {
        severity: event.outcome === 'failed' ? 'ERROR' : 'INFO',
        message: `Run ${event.outcome} after ${event.seconds.toString()} s and ${counted(event.requests, 'request')}.`,
      };
  }
}

function info(message: string): { readonly severity: Severity; readonly message: string } {
  return { severity: 'INFO', message };
}

function counted(count: number, noun: string): string {
  return `${count.toString()} ${noun}${count === 1 ? '' : 's'}`;
}

function schemaMessage({ table, column, type, change }: Extract<RunEvent, { event: 'schema-changed' }>): string {
  return change === 'table-created'
    ? `Table '${table}' was created with column '${column}' (${type}).`
    : `Column '${column}' (${type}) was added to table '${table}'.`;
}
