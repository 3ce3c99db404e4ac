import { serve } from '../engine/run/serve.ts';
import { projects } from '../projects/resources.ts';
import { deployments } from './resources.ts';

serve(deployments, [projects]);
