import { serve } from '../engine/run/serve.ts';
import { projects } from '../projects/resources.ts';
import { branches } from './resources.ts';

serve(branches, [projects]);
