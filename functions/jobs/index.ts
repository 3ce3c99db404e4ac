import { serve } from '../engine/run/serve.ts';
import { projects } from '../projects/resources.ts';
import { jobs } from './resources.ts';

serve(jobs, [projects]);
