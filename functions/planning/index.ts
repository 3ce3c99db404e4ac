import { serve } from '../engine/run/serve.ts';
import { groups } from '../groups/resources.ts';
import { projects } from '../projects/resources.ts';
import { planning } from './resources.ts';

serve(planning, [projects, groups]);
