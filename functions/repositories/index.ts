import { serve } from '../engine/run/serve.ts';
import { projects } from '../projects/resources.ts';
import { repositories } from './resources.ts';

serve(repositories, [projects]);
