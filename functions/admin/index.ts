import { serve } from '../engine/run/serve.ts';
import { admin } from './resources.ts';

serve(admin);
