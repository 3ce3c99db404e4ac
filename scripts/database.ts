import { once } from 'node:events';

import { output } from './commands/terminal.ts';
import { startPostgres } from './local/postgres.ts';

// Keeps the embedded database running, so that a person can look at what the demo has loaded.
const postgres = await startPostgres();
output.line(`The embedded database runs until Ctrl-C. In another terminal: psql '${postgres.url}'`);
output.line(
  'Then for example: select status, count(*) from gitlab_data.api_entities_job group by 1;',
);
// Waiting for a signal alone does not keep Node.js alive.
const stay = setInterval(() => undefined, 1 << 30);
await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
clearInterval(stay);
await postgres.stop();
