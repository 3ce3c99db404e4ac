import { serve } from '../engine/run/serve.ts';
import { projects } from '../projects/resources.ts';
import { alerts } from './resources.ts';

serve(alerts, [projects]);
