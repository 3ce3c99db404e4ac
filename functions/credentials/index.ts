import { serve } from '../engine/run/serve.ts';
import { groups } from '../groups/resources.ts';
import { projects } from '../projects/resources.ts';
import { credentials } from './resources.ts';

serve(credentials, [projects, groups]);
