#!/usr/bin/env node
import { main } from './commands/main.ts';
import { withLocalDefaults } from './local/defaults.ts';

process.exitCode = await main(process.argv, { around: withLocalDefaults });
