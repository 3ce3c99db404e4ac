import { type Context, integerParameter, parameter, word } from '../context.ts';
import { valuesPage, wholeList } from '../pagination.ts';
import { json, refuse, reject, type Reply } from '../reply.ts';
import { dictionaryTable } from '../world/dictionary.ts';
import { listedMigrations } from '../world/instance.ts';
import type { World } from '../world/model.ts';
import { PLAN_NAMES } from '../world/planLimits.ts';
import { avatarUrl } from '../world/users.ts';

/** The instance's appearance. */
export function showAppearance({ world }: Context): Reply {
  return json(world.instance.appearance);
}

/** Registered applications; GitLab sends them all at once. */
export function listApplications({ world }: Context): Reply {
  return wholeList(world.instance.applications);
}

/** Version and edition; `/version` answers the same. */
export function showMetadata({ world }: Context): Reply {
  return json(world.instance.metadata);
}

/** Limits of one plan. */
export function showPlanLimits(context: Context): Reply {
  const name = word(context, 'plan_name', { words: PLAN_NAMES, fallback: 'default' });
  const limits = context.world.instance.planLimits.get(name);
  if (limits === undefined) throw refuse(404, '404 Plan Not Found');
  return json(limits);
}

/** The newest background migrations of one database, never more than 20. */
export function listMigrations(context: Context): Reply {
  const name = context.query.get('job_class_name');
  const migrations = listedMigrations(context.world, databaseOf(context));
  return wholeList(
    migrations.filter((migration) => name === null || migration['job_class_name'] === name),
  );
}

/** One background migration of one database. */
export function showMigration(context: Context): Reply {
  const id = String(integerParameter(context, 'id'));
  const found = context.world.instance.migrations[databaseOf(context)].find(
    (migration) => migration['id'] === id,
  );
  if (found === undefined) throw refuse(404, '404 Not found');
  return json(found);
}

/** CI variables of the instance, with their values. */
export function listCiVariables(context: Context): Reply {
  return valuesPage(context, context.world.instance.ciVariables);
}

/** One CI variable of the instance. */
export function showCiVariable(context: Context): Reply {
  const key = parameter(context, 'key');
  const found = context.world.instance.ciVariables.find((variable) => variable['key'] === key);
  if (found === undefined) throw refuse(404, '404 Instance Variable Not Found');
  return json(found);
}

/** Kubernetes clusters of the instance. */
export function listClusters(context: Context): Reply {
  return valuesPage(context, context.world.instance.clusters);
}

/** One Kubernetes cluster of the instance. */
export function showCluster(context: Context): Reply {
  const id = integerParameter(context, 'cluster_id');
  const found = context.world.instance.clusters.find((cluster) => cluster['id'] === id);
  if (found === undefined) throw refuse(404, '404 Not found');
  return json(found);
}

/** Broadcast messages. */
export function listBroadcastMessages(context: Context): Reply {
  return valuesPage(context, context.world.instance.broadcastMessages);
}

/** One broadcast message. */
export function showBroadcastMessage(context: Context): Reply {
  const id = integerParameter(context, 'id');
  const found = context.world.instance.broadcastMessages.find((message) => message['id'] === id);
  if (found === undefined) throw refuse(404, '404 Not found');
  return json(found);
}

/** One table of GitLab's own database. */
export function showDictionaryTable(context: Context): Reply {
  const database = parameter(context, 'database_name');
  if (!['main', 'ci'].includes(database))
    throw reject(400, 'database_name does not have a valid value');
  const table = dictionaryTable(database, parameter(context, 'table_name'));
  if (table === undefined) throw refuse(404, '404 Table Not Found');
  return json(table);
}

/** The picture of an e-mail address. */
export function showAvatar(context: Context): Reply {
  const email = context.query.get('email');
  if (email === null) throw reject(400, 'email is missing');
  if (email.trim() === '') throw reject(400, 'email is empty');
  return json(avatarFor(context.world, email, Number(context.query.get('size') ?? 80)));
}

/** The avatar of an e-mail address: an upload where its owner made one, else Gravatar's. */
export function avatarFor(world: World, email: string, size = 80): { readonly avatar_url: string } {
  for (const user of world.users.values()) {
    if (user.publicEmail === email && user.id % 4 === 1) {
      return {
        avatar_url: `${world.webUrl}/uploads/-/system/user/avatar/${String(user.id)}/avatar.png`,
      };
    }
  }
  return { avatar_url: avatarUrl(email, size) };
}

function databaseOf(context: Context): 'main' | 'ci' {
  const database = context.query.get('database') ?? 'main';
  if (database === 'main' || database === 'ci') return database;
  throw reject(400, 'database does not have a valid value');
}
