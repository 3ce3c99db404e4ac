import { serve } from '../engine/run/serve.ts';
import { groups } from './resources.ts';

serve(groups);
