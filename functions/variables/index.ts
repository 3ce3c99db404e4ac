import { serve } from '../engine/run/serve.ts';
import { groups } from '../groups/resources.ts';
import { projects } from '../projects/resources.ts';
import { variables } from './resources.ts';

serve(variables, [projects, groups]);
