import { renewLeases } from '../state/partitions.ts';
import type { RunContext } from './context.ts';

type Renewing = Pick<RunContext, 'claims' | 'noticed' | 'report'>;

/** Prolongs the leases of a run three times before they would end; returns how to stop. A failure is told once. */
export function keepLeases({ claims, noticed, report }: Renewing): () => void {
  const tell = (error: unknown): void => {
    if (noticed.has('leases')) return;
    noticed.add('leases');
    const reason = error instanceof Error ? error.message : 'unknown error';
    const message = `Leases could not be renewed: ${reason} Another run may take the partitions over when they end.`;
    report({ event: 'problem', code: 'NOTICE', message });
  };
  const timer = setInterval(
    () => {
      renewLeases(claims).catch(tell);
    },
    (claims.leaseSeconds * 1000) / 3,
  );
  return () => {
    clearInterval(timer);
  };
}
