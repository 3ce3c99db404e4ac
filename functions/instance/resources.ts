import { of, parent, values } from '../engine/catalog/bindings.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** What describes the instance as a whole: version, appearance, applications, messages, plan limits. */
export const instance = defineFamily('instance', {
  metadata: {
    path: '/metadata',
    replaces: ['/version'],
    table: 'api_entities_metadata',
    record: of<{ version: string }>(),
    primaryKey: [],
  },
  appearance: {
    path: '/application/appearance',
    table: 'api_entities_appearance',
    record: of<{ title: string }>(),
    primaryKey: [],
    access: 'admin',
  },
  applications: {
    path: '/applications',
    table: 'api_entities_application',
    record: of<{ id: number; secret?: string }>(),
    primaryKey: ['id'],
    access: 'admin',
    secretFields: ['secret'],
  },
  broadcast_messages: {
    path: '/broadcast_messages',
    single: '/broadcast_messages/{id}',
    table: 'api_entities_broadcast_message',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'offset',
  },
  broadcast_message: {
    path: '/broadcast_messages/{id}',
    bind: { id: parent('broadcast_messages', 'id') },
    table: 'api_entities_broadcast_message',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    on: 'demand',
  },
  plan_limits: {
    dueBy: 'rhythm',
    path: '/application/plan_limits',
    bind: {
      plan_name: values(
        'default',
        'free',
        'bronze',
        'silver',
        'premium',
        'gold',
        'ultimate',
        'ultimate_trial',
        'ultimate_trial_paid_customer',
        'premium_trial',
        'opensource',
      ),
    },
    query: { plan_name: '{plan_name}' },
    table: 'api_entities_plan_limit',
    record: of<object>(),
    primaryKey: ['plan_name'],
    access: 'admin',
    absent: { 404: 'the instance has no such plan' },
  },
});
