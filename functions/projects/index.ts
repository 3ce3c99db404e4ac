import { serve } from '../engine/run/serve.ts';
import { projects } from './resources.ts';

serve(projects);
