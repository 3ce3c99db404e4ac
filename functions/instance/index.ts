import { serve } from '../engine/run/serve.ts';
import { instance } from './resources.ts';

serve(instance);
