import { parseArgs } from 'node:util';

import { startGitlab } from './server.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    seed: { type: 'string', default: '1' },
    projects: { type: 'string', default: '40' },
    jobs: { type: 'string', default: '5000' },
    branches: { type: 'string', default: '800' },
    users: { type: 'string', default: '60' },
    alerts: { type: 'string', default: '130' },
    latency: { type: 'string', default: '0' },
    warm: { type: 'boolean', default: false },
    root: { type: 'string', default: '' },
  },
});

const latency = Number(values.latency);
const gitlab = await startGitlab({
  port: Number(values.port),
  seed: Number(values.seed),
  projects: Number(values.projects),
  jobs: Number(values.jobs),
  branches: Number(values.branches),
  users: Number(values.users),
  alerts: Number(values.alerts),
  relativeRoot: values.root,
  control: true,
  warm: values.warm,
  ...(latency === 0 ? {} : { latencyMilliseconds: latency }),
});

const { url, adminToken, memberToken, narrowToken } = gitlab;
process.stdout.write(`${JSON.stringify({ url, adminToken, memberToken, narrowToken })}\n`);
process.once('SIGTERM', () => void gitlab.close());
process.once('SIGINT', () => void gitlab.close());
