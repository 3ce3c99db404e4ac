import { AlloydbError } from './errors.ts';

/** An instance by the names that the Admin API uses. */
export interface InstanceUri {
  /** `projects/P/locations/R/clusters/C/instances/I`. */
  readonly instance: string;
  /** `projects/P/locations/R/clusters/C`. */
  readonly cluster: string;
  readonly project: string;
}

const NAME = '[a-z0-9][a-z0-9-]*';

/** Projects of a domain are `example.com:project`. */
const URI = new RegExp(
  `^(projects/((?:[a-z0-9.-]+:)?${NAME})/locations/${NAME}/clusters/${NAME})/instances/${NAME}$`,
);

/** Whether `parseInstanceUri` reads it. */
export function isInstanceUri(text: string): boolean {
  return URI.test(text);
}

/** Reads an instance URI; throws INVALID_INSTANCE_URI, because its parts become parts of URLs. */
export function parseInstanceUri(text: string): InstanceUri {
  const [instance, cluster, project] = URI.exec(text) ?? [];
  if (instance === undefined || cluster === undefined || project === undefined) {
    throw new AlloydbError(
      'INVALID_INSTANCE_URI',
      `Expected an instance URI such as projects/P/locations/R/clusters/C/instances/I, got '${text.slice(0, 200)}'.`,
    );
  }
  return { instance, cluster, project };
}
