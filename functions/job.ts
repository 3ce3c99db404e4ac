import { catalog } from './catalog.ts';
import { startJob } from './engine/run/job.ts';

startJob(catalog);
