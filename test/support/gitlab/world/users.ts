import { createHash } from 'node:crypto';

import { type JsonObject, shared } from '../json.ts';
import { randomOf } from '../random.ts';
import { date, DAY, utc } from '../time.ts';
import { type CustomAttribute, perObject, type User, type World, type WorldSize } from './model.ts';

const GIVEN =
  'Ada Björn Chloé Dmitri Eleni Farid Grace Håkon Inês Jürgen Kenji Łukasz Mei Noor Olga Priya Quentin Rosa Søren Tomáš'.split(
    ' ',
  );
const FAMILY = 'Lindqvist Okafor García Novák Tanaka Müller O’Brien Šimić Dubois Khan'.split(' ');
const TEAMS = ['platform', 'web', 'mobile', 'data', 'research'] as const;

/** The account of the administrator's token. */
export const ADMIN_USER = 1;
/** The account of the member's and the narrow token. */
export const MEMBER_USER = 2;

/** The company's accounts, ids ascending. */
export function makeUsers(size: WorldSize, now: number): Map<number, User> {
  const users = new Map<number, User>();
  for (let index = 0; index < Math.max(size.users, 3); index += 1) {
    const user = makeUser(size, index, now);
    users.set(user.id, user);
  }
  return users;
}

function makeUser(size: WorldSize, index: number, now: number): User {
  const random = randomOf(size.seed, 'user', index);
  const id = index < 3 ? index + 1 : index * 3 + random.integer(0, 2);
  const bot = index >= 3 && index % 17 === 5;
  const name = bot ? `Deploy bot ${String(index)} 🤖` : personName(index);
  const username = bot ? `project_bot_${String(index)}` : accountName(name, index);
  const createdAt = now - random.integer(200, 1500) * DAY;
  return {
    id,
    username,
    name,
    state: index > 3 && random.chance(0.06) ? 'blocked' : 'active',
    isAdmin: index === 0,
    bot,
    email: `${username}@acme.example`,
    publicEmail: publicEmail(index, username),
    commitEmail:
      index % 9 === 4
        ? `${String(id)}-${username}@users.noreply.acme.example`
        : `${username}@acme.example`,
    createdAt,
    updatedAt: createdAt + random.integer(1, 190) * DAY,
    customAttributes: userAttributes(index, random.pick(TEAMS)),
  };
}

function personName(index: number): string {
  const given = GIVEN[index % GIVEN.length] ?? '';
  const family = FAMILY[Math.floor(index / 2) % FAMILY.length] ?? '';
  return index === 0 ? 'Administrator' : `${given} ${family}`;
}

function accountName(name: string, index: number): string {
  if (index === 0) return 'root';
  const ascii = name
    .normalize('NFD')
    .toLowerCase()
    .replaceAll('ł', 'l')
    .replaceAll('ø', 'o')
    .replaceAll(/[^a-z ]/gu, '')
    .replaceAll(' ', '.');
  return index < GIVEN.length ? ascii : `${ascii}${String(index)}`;
}

function publicEmail(index: number, username: string): string | null {
  if (index % 3 === 0) return `${username}@acme.example`;
  if (index % 7 === 1) return `${username}@home.example`;
  return index % 2 === 0 ? null : '';
}

function userAttributes(index: number, team: string): readonly CustomAttribute[] {
  if (index % 4 !== 0) return [];
  const attributes = [{ key: 'team', value: team }];
  return index % 8 === 0
    ? [...attributes, { key: 'cost_center', value: `CC-${String(100 + index)}` }]
    : attributes;
}

/** The address of the picture that belongs to an e-mail address. */
export function avatarUrl(email: string, size = 80): string {
  const digest = createHash('sha256').update(email.trim().toLowerCase()).digest('hex');
  return `https://secure.gravatar.com/avatar/${digest}?s=${String(size)}&d=identicon`;
}

/** The account as lists show it to everybody. */
export const basicUser = perObject((world: World, user: User): JsonObject =>
  shared({
    id: user.id,
    username: user.username,
    public_email: user.publicEmail,
    name: user.name,
    state: user.state,
    locked: false,
    avatar_url: avatarUrl(user.email),
    web_url: `${world.webUrl}/${user.username}`,
  }),
);

/** The account as jobs and single requests show it to everybody. */
export const publicUser = perObject((world: World, user: User): JsonObject =>
  shared({
    ...basicUser(world, user),
    created_at: utc(user.createdAt),
    bio: user.id % 5 === 0 ? 'Ships on Fridays ☕' : '',
    location: user.id % 3 === 0 ? 'Malmö' : '',
    linkedin: '',
    twitter: '',
    discord: '',
    website_url: '',
    github: '',
    organization: user.id % 6 === 0 ? null : 'Acme',
    job_title: '',
    pronouns: null,
    bot: user.bot,
    work_information: user.id % 6 === 0 ? null : 'Acme',
    followers: user.id % 13,
    following: user.id % 5,
    local_time: user.id % 3 === 0 ? '2:13 PM' : null,
  }),
);

/** The account as an administrator sees it. */
export const adminUser = perObject((world: World, user: User): JsonObject => ({
  ...publicUser(world, user),
  last_sign_in_at: user.bot ? null : utc(user.updatedAt - 3_600_000),
  confirmed_at: utc(user.createdAt + 60_000),
  last_activity_on: user.bot ? null : date(user.updatedAt),
  email: user.email,
  theme_id: 3,
  color_scheme_id: 1,
  projects_limit: 100_000,
  current_sign_in_at: user.bot ? null : utc(user.updatedAt),
  identities:
    user.id % 4 === 0
      ? [{ provider: 'saml', extern_uid: user.username, saml_provider_id: null }]
      : [],
  can_create_group: !user.bot,
  can_create_project: !user.bot,
  two_factor_enabled: user.id % 2 === 0,
  external: false,
  private_profile: false,
  commit_email: user.commitEmail,
  is_admin: user.isAdmin,
  note: null,
  namespace_id: user.id + 50_000,
  created_by: null,
  email_reset_offered_at: null,
}));
