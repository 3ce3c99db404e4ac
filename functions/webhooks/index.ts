import { serveWebhooks } from '../engine/run/serveWebhooks.ts';
import { EVENTS } from './events.ts';
import { families } from './families.ts';

serveWebhooks(families, EVENTS);
