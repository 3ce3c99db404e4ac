import { type Identifier, qualified } from '../../functions/engine/sql/identifier.ts';
import { type Sql, sql } from '../../functions/engine/sql/sql.ts';
import { DATASET, stateTable } from './run.ts';

const table = (name: string): Identifier => qualified(DATASET, name);
const [batch, partition, load] = [
  stateTable('batch'),
  stateTable('partition'),
  stateTable('load'),
] as const;
const jobs = table('api_entities_job');
const artifacts = table('api_entities_job__artifacts');
const ofJobs = sql`resource = 'jobs'`;
/** The project whose jobs are damaged, and one of its jobs. */
const SOME = sql`(select min(project_id) from ${jobs})`;
const ONE = sql`id = (select min(id) from ${jobs} where project_id = ${SOME})`;
const FIRST = sql`${ofJobs} and partition_key = ${SOME}::text and seq = 1`;
const LOCATION = sql`resource || '/' || partition_key`;

/** A way to damage a dataset, what `verify` says of it, and a query for the key that it shows. */
export interface Damage {
  readonly name: string;
  readonly damage: Sql;
  readonly told: string;
  readonly key: Sql;
}

const secondKey = sql`select ${LOCATION} || '#2' from ${batch} where ${FIRST}`;
const partitionKey = sql`select ${LOCATION} from ${batch} where ${FIRST}`;
const jobKey = sql`select _dlt_id from ${jobs} where ${ONE}`;
const artifact = sql`_dlt_id = (select min(_dlt_id) from ${artifacts})`;
const artifactKey = sql`select min(_dlt_id) from ${artifacts}`;
const firstLoad = sql`select min(load_id) from ${load}`;

/** Unique keys would refuse the damage. */
const withoutKeys = (name: string): Sql => sql`do $$ declare i record; begin
  for i in select indexrelid::regclass as name, conname from pg_index left join pg_constraint on conindid = indexrelid
    where indrelid = '${name as Sql}'::regclass and indisunique
  loop if i.conname is null then execute 'drop index ' || i.name;
    else execute 'alter table ${name as Sql} drop constraint ' || quote_ident(i.conname); end if; end loop; end $$`;

/** Damages of the state; `jobs` must have been loaded twice. */
export const STATE_DAMAGES: readonly Damage[] = [
  {
    name: 'a lost batch',
    damage: sql`delete from ${batch} where ${FIRST}`,
    told: 'I1 batch',
    key: secondKey,
  },
  {
    name: 'a state ahead of its history',
    damage: sql`update ${partition} set seq = seq + 1 where ${ofJobs} and partition_key = ${SOME}::text`,
    told: 'I2 partition',
    key: partitionKey,
  },
  {
    name: 'a history without its partition',
    damage: sql`delete from ${partition} where ${ofJobs} and partition_key = ${SOME}::text`,
    told: 'I2 partition',
    key: partitionKey,
  },
  {
    name: 'a fence that falls',
    damage: sql`update ${batch} set fence = 9 where ${FIRST}`,
    told: 'I3 batch',
    key: secondKey,
  },
  {
    name: 'a partition whose fence is behind',
    damage: sql`update ${batch} set fence = 9 where ${ofJobs} and partition_key = ${SOME}::text`,
    told: 'I3 batch',
    key: secondKey,
  },
  {
    name: 'a package that begins elsewhere',
    damage: sql`update ${batch} set token_after = '{"page": 9}' where ${FIRST}`,
    told: 'I4 batch',
    key: secondKey,
  },
  {
    name: 'a position that no package left',
    damage: sql`update ${batch} b set token_after = '{"page": 9}' from ${partition} p
      where p.resource = b.resource and p.partition_key = b.partition_key and p.seq = b.seq
        and p.resource = 'jobs' and p.partition_key = ${SOME}::text`,
    told: 'I5 partition',
    key: partitionKey,
  },
  {
    name: 'a load that dlt does not see',
    damage: sql`delete from ${table('_dlt_loads')} where load_id = (${firstLoad})`,
    told: 'I7 _dlt_loads: has every load',
    key: firstLoad,
  },
  {
    name: 'a load without packages',
    damage: sql`update ${batch} set load_id = null where load_id = (${firstLoad})`,
    told: 'I7 load',
    key: firstLoad,
  },
  {
    name: 'load ids in the wrong order',
    damage: sql`update ${batch} set load_id = (select max(load_id) from ${load}) where ${FIRST}`,
    told: 'I10 batch',
    key: secondKey,
  },
  {
    name: 'a clock behind the loads',
    damage: sql`update ${stateTable('load_clock')} set last = (select min(load_id)::numeric from ${load})`,
    told: 'I10 load_clock',
    key: sql`select min(load_id) from ${load} where load_id > (${firstLoad})`,
  },
  {
    name: 'a partition ahead of the clock',
    damage: sql`update ${partition} set last_load = '9999999999.000000' where ${ofJobs} and partition_key = ${SOME}::text`,
    told: 'I10 load_clock',
    key: sql`select '9999999999.000000'`,
  },
  {
    name: 'a lease without an end',
    damage: sql`update ${partition} set owner = gen_random_uuid() where ${ofJobs} and partition_key = ${SOME}::text`,
    told: 'I13 partition: leases',
    key: partitionKey,
  },
  {
    name: 'a lease of nobody',
    damage: sql`update ${partition} set owner = gen_random_uuid(), lease_until = now() + interval '1 minute'
      where ${ofJobs} and partition_key = ${SOME}::text`,
    told: 'I13 partition: leases',
    key: partitionKey,
  },
  {
    name: 'a load that counts other rows',
    damage: sql`update ${load} set rows_in = rows_in + 1 where load_id = (${firstLoad})`,
    told: 'I17 load',
    key: firstLoad,
  },
];

/** Damages of tables and of what dlt reads. */
export const TABLE_DAMAGES: readonly Damage[] = [
  {
    name: 'a row of no load',
    damage: sql`update ${jobs} set _dlt_load_id = '1' where ${ONE}`,
    told: 'I6 api_entities_job',
    key: jobKey,
  },
  {
    name: 'a key that stands twice',
    damage: sql`${withoutKeys(jobs)}; insert into ${jobs} select * from ${jobs} where ${ONE}`,
    told: 'I8 api_entities_job: one row per key (id)',
    key: sql`select jsonb_build_object('id', id)::text from ${jobs} where ${ONE} limit 1`,
  },
  {
    name: 'an id that stands twice',
    damage: sql`${withoutKeys(jobs)}; insert into ${jobs} select * from ${jobs} where ${ONE}`,
    told: 'I8 api_entities_job: one row per id',
    key: sql`${jobKey} limit 1`,
  },
  {
    name: 'an id of a child row that stands twice',
    damage: sql`${withoutKeys(artifacts)}; insert into ${artifacts} select * from ${artifacts} where ${artifact}`,
    told: 'I8 api_entities_job__artifacts: one row per id',
    key: artifactKey,
  },
  {
    name: 'an orphan',
    damage: sql`update ${artifacts} set _dlt_parent_id = 'x' where ${artifact}`,
    told: 'I9 api_entities_job__artifacts: every row has its parent:',
    key: artifactKey,
  },
  {
    name: 'a child row without its root',
    damage: sql`update ${artifacts} set _dlt_root_id = 'x' where ${artifact}`,
    told: 'I9 api_entities_job__artifacts: every row has its root:',
    key: artifactKey,
  },
  {
    name: 'a child row of two roots',
    damage: sql`update ${artifacts} set _dlt_root_id = (select max(_dlt_root_id) from ${artifacts} o where not (${artifact}))
      where ${artifact}`,
    told: "I9 api_entities_job__artifacts: every row has its parent's root:",
    key: artifactKey,
  },
  {
    name: 'a row that a later load has deleted',
    damage: sql`insert into ${stateTable('tombstone')}
        (table_name, row_id, resource, partition_key, key, reason, load_id, last_load_id)
      select 'api_entities_job', _dlt_id, 'jobs', project_id::text, '{}', 'deleted', '9999999999.000000', _dlt_load_id
      from ${jobs} where ${ONE}`,
    told: 'I18 api_entities_job',
    key: jobKey,
  },
  {
    name: 'a gap in a list',
    damage: sql`update ${artifacts} set _dlt_list_idx = _dlt_list_idx + 1
      where _dlt_parent_id = (select min(_dlt_parent_id) from ${artifacts})`,
    told: 'I9 api_entities_job__artifacts: lists',
    key: sql`select min(_dlt_parent_id) from ${artifacts}`,
  },
  {
    name: 'a column that somebody has dropped',
    damage: sql`alter table ${jobs} drop column name`,
    told: 'I14 _dlt_version',
    key: sql`select '- column api_entities_job.name: stored as text, but not in the database'`,
  },
  {
    name: 'a column whose type somebody has changed',
    damage: sql`alter table ${jobs} alter column name type integer using 1`,
    told: 'I14 _dlt_version',
    key: sql`select '~ column api_entities_job.name: stored as text, integer in the database'`,
  },
  {
    name: 'a version of the schema that was lost',
    damage: sql`delete from ${table('_dlt_version')}`,
    told: 'I14 _dlt_version',
    key: sql`select 'no schema ''rest_api'''`,
  },
  {
    name: 'a cursor ahead of the rows',
    damage: sql`delete from ${jobs} where project_id = ${SOME}`,
    told: 'I15 api_entities_job: no cursor of jobs',
    key: partitionKey,
  },
  {
    name: 'a state that dlt does not find',
    damage: sql`delete from ${table('_dlt_pipeline_state')}`,
    told: 'I16 _dlt_pipeline_state',
    key: firstLoad,
  },
  {
    name: 'a dataset that was dropped',
    damage: sql`drop schema ${DATASET as Sql} cascade`,
    told: 'I14 gitlab_data',
    key: sql`select 'schema ''gitlab_data'''`,
  },
];
