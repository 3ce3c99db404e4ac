import { serve } from '../engine/run/serve.ts';
import { projects } from '../projects/resources.ts';
import { mergeRequests } from './resources.ts';

serve(mergeRequests, [projects]);
