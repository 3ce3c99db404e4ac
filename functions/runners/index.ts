import { serve } from '../engine/run/serve.ts';
import { groups } from '../groups/resources.ts';
import { projects } from '../projects/resources.ts';
import { runners } from './resources.ts';

serve(runners, [projects, groups]);
