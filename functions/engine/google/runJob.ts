import { applicationDefault, type Credentials } from '../alloydb/credentials.ts';
import { endpointOf } from './endpoints.ts';
import { openGoogleApi } from './googleApi.ts';

/** A job of Cloud Run. */
export interface CloudRunJob {
  /**
   * Starts one task of the job with variables besides its own, and does not wait for its end. Throws E_GOOGLE or
   * E_GOOGLE_ACCESS.
   */
  start(variables: Readonly<Record<string, string>>): Promise<void>;
}

const JOB = /^projects\/[^/]+\/locations\/[^/]+\/jobs\/[^/]+$/;

/** Whether a text is the full name of a job. */
export function isJob(name: string): boolean {
  return JOB.test(name);
}

/** Opens a job by its full name, `projects/P/locations/L/jobs/J`; nothing is sent before it is started. */
export function openJob(
  job: string,
  environment: Readonly<Record<string, string | undefined>>,
  credentials: Credentials = applicationDefault(),
): CloudRunJob {
  const api = openGoogleApi({ endpoint: endpointOf('run', environment), credentials });
  return {
    start: async (variables) => {
      const env = Object.entries(variables).map(([name, value]) => ({ name, value }));
      // Variables, because arguments would stand in for the whole of the container's own.
      const overrides = { taskCount: 1, containerOverrides: [{ env }] };
      await api.post(`/v2/${job}:run`, { overrides });
    },
  };
}
