import { serve } from '../engine/run/serve.ts';
import { bulkImports } from './resources.ts';

serve(bulkImports);
