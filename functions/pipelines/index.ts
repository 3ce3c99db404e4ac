import { serve } from '../engine/run/serve.ts';
import { projects } from '../projects/resources.ts';
import { pipelines } from './resources.ts';

serve(pipelines, [projects]);
