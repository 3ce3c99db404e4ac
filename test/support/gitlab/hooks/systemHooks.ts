import { type Context, integerParameter } from '../context.ts';
import { offsetPage } from '../pagination.ts';
import { json, refuse, type Reply } from '../reply.ts';
import { touch } from '../world/touch.ts';
import { bookOf, stateOf } from './book.ts';
import { hookFields, secretsPresent } from './routes.ts';

/** `GET /hooks`. */
export function listSystemHooks(context: Context): Reply {
  const texts = bookOf(context.world).system.map((hook) => Buffer.from(JSON.stringify(hook)));
  return offsetPage(context, { total: texts.length, slice: (from, to) => texts.slice(from, to) });
}

/** `POST /hooks`. */
export function createSystemHook({ world, body }: Context): Reply {
  const book = bookOf(world);
  const { shown, secrets } = hookFields(body);
  const id = book.nextId;
  book.nextId += 1;
  const state = stateOf(world, `system ${String(id)}`);
  state.secrets = secrets;
  const hook = { ...shown, id, ...secretsPresent(state) };
  book.system.push(hook);
  touch(world);
  return json(hook, {}, 201);
}

/** `PUT /hooks/:hook_id`. */
export function updateSystemHook(context: Context): Reply {
  const { system } = bookOf(context.world);
  const id = integerParameter(context, 'hook_id');
  const at = system.findIndex((hook) => hook['id'] === id);
  if (at < 0) throw refuse(404, '404 Not found');
  const { shown, secrets } = hookFields(context.body);
  const state = stateOf(context.world, `system ${String(id)}`);
  state.secrets = { ...state.secrets, ...secrets };
  const hook = { ...system[at], ...shown, ...secretsPresent(state) };
  system[at] = hook;
  touch(context.world);
  return json(hook);
}
