import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { bundledPackages } from './build/bundledPackages.ts';
import {
  buildCommand,
  buildFunctions,
  buildLazyPackages,
  buildServer,
  compileServer,
} from './build/bundles.ts';
import { writeDistFiles } from './build/distFiles.ts';

const root = fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '');
const places = { root, dist: `${root}/dist` };

await rm(places.dist, { recursive: true, force: true });
await mkdir(places.dist);
const metafiles = await Promise.all([
  buildFunctions(places),
  buildServer(places),
  buildLazyPackages(places),
  buildCommand(places),
]);
writeDistFiles(places, bundledPackages(metafiles.flat()));
await compileServer(places);
