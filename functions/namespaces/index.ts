import { serve } from '../engine/run/serve.ts';
import { namespaces } from './resources.ts';

serve(namespaces);
