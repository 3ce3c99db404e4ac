import { serve } from '../engine/run/serve.ts';
import { groups } from '../groups/resources.ts';
import { projects } from '../projects/resources.ts';
import { milestones } from './resources.ts';

serve(milestones, [projects, groups]);
