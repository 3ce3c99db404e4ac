import { known, missingRows, of, parent } from '../engine/catalog/bindings.ts';
import { customAttributesOf } from '../engine/catalog/customAttributes.ts';
import { defineFamily } from '../engine/catalog/defineFamily.ts';

/** The instance's users, for administrators, and the avatar of every e-mail address that the dataset knows. */
export const users = defineFamily('users', {
  users: {
    path: '/users',
    single: '/users/{id}',
    query: { order_by: 'id', sort: 'asc' },
    adminQuery: { with_custom_attributes: 'true' },
    table: 'api_entities_user',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    pagination: 'keyset',
    access: 'admin',
    splits: [customAttributesOf('user')],
  },
  user: {
    path: '/users/{id}',
    bind: { id: parent('users', 'id') },
    adminQuery: { with_custom_attributes: 'true' },
    table: 'api_entities_user',
    record: of<{ id: number }>(),
    primaryKey: ['id'],
    access: 'admin',
    splits: [customAttributesOf('user')],
    on: 'demand',
  },
  avatars: {
    path: '/avatar',
    bind: {
      email: known(
        'api_entities_user.email',
        'api_entities_user.public_email',
        'api_entities_job.user__public_email',
        'api_entities_job.commit__author_email',
        'api_entities_job.commit__committer_email',
        'api_entities_branch.commit__author_email',
        'api_entities_branch.commit__committer_email',
      ),
    },
    query: { email: '{email}' },
    table: 'api_entities_avatar',
    record: of<{ avatar_url: string | null }>(),
    primaryKey: ['email'],
    cursor: missingRows(),
  },
});
