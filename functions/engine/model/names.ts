/** What dlt calls the schema of a dataset, and the pipeline that writes it. */
export interface DatasetNames {
  readonly schema: string;
  readonly pipeline: string;
}

/** The names that dlt's own source for GitLab writes; a dataset that dlt has named otherwise keeps its names. */
export const NEW_DATASET_NAMES: DatasetNames = { schema: 'rest_api', pipeline: 'gitlab_pipeline' };
