import { serve } from '../engine/run/serve.ts';
import { groups } from '../groups/resources.ts';
import { projects } from '../projects/resources.ts';
import { accessRequests } from './resources.ts';

serve(accessRequests, [groups, projects]);
