import { serve } from '../engine/run/serve.ts';
import { groups } from '../groups/resources.ts';
import { projects } from '../projects/resources.ts';
import { members } from './resources.ts';

serve(members, [projects, groups]);
