import { branches } from '../branches/resources.ts';
import { serve } from '../engine/run/serve.ts';
import { jobs } from '../jobs/resources.ts';
import { projects } from '../projects/resources.ts';
import { users } from './resources.ts';

serve(users, [projects, jobs, branches]);
