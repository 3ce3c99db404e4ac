import { serve } from '../engine/run/serve.ts';
import { groups } from '../groups/resources.ts';
import { projects } from '../projects/resources.ts';
import { badges } from './resources.ts';

serve(badges, [groups, projects]);
