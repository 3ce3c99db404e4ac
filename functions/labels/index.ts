import { serve } from '../engine/run/serve.ts';
import { groups } from '../groups/resources.ts';
import { projects } from '../projects/resources.ts';
import { labels } from './resources.ts';

serve(labels, [projects, groups]);
