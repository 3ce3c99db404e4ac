import { serve } from '../engine/run/serve.ts';
import { groups } from '../groups/resources.ts';
import { projects } from '../projects/resources.ts';
import { contents } from './resources.ts';

serve(contents, [projects, groups]);
