import { serve } from '../engine/run/serve.ts';
import { projects } from '../projects/resources.ts';
import { issues } from './resources.ts';

serve(issues, [projects]);
