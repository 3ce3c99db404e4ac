import { ROLE } from '../access.ts';
import type { JsonObject } from '../json.ts';
import { defineShelf, type Making } from './shelf.ts';

const common = { table: 'api_entities_variable', series: 0, sort: 'asc' } as const;

/** CI/CD variables of projects. */
export const projectVariables = defineShelf({
  ...common,
  name: 'project_variables',
  path: 'projects/:id/variables',
  key: ['project_id', 'key', 'environment_scope'],
  scope: 'project',
  role: ROLE.maintainer,
  size: 1,
  make: variableObject,
});

/** CI/CD variables of groups. */
export const groupVariables = defineShelf({
  ...common,
  name: 'group_variables',
  path: 'groups/:id/variables',
  key: ['group_id', 'key', 'environment_scope'],
  scope: 'group',
  role: ROLE.owner,
  size: 1.5,
  make: variableObject,
});

/** Every key stands there for two environments. */
function variableObject({ entry, random }: Making): JsonObject {
  return {
    variable_type: 'env_var',
    key: `SETTING_${String(Math.floor(entry.ordinal / 2))}`,
    value: `s3cr€t-${random.hex(12)}`,
    hidden: false,
    protected: random.chance(0.5),
    masked: random.chance(0.5),
    raw: true,
    environment_scope: entry.ordinal % 2 === 0 ? '*' : 'production',
    description: random.chance(0.5) ? null : 'For the “shop”',
  };
}
