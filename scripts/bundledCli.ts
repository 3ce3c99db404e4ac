import { main } from './commands/main.ts';

// The bundle has neither the simulated GitLab nor the embedded PostgreSQL: it needs its settings.
void main(process.argv, { around: (environment, work) => work(environment) }).then((code) => {
  process.exitCode = code;
});
