-- Everything that a migration can leave behind in the schemas public, recto and operator, one row per fact: what it is of, and its text.
-- The order of a table's columns is left out on purpose: no statement of Recto depends on it.
with ours as (
  select oid, nspname from pg_namespace where nspname in ('public', 'recto', 'operator')
), relations as (
  select c.*, case c.relkind when 'r' then 'table ' when 'v' then 'view ' when 'S' then 'sequence ' when 'c' then 'type ' else c.relkind::text || ' ' end
    || c.oid::regclass as label
  from pg_class c where c.relnamespace in (select oid from ours) and c.relkind not in ('i', 'I')
), functions as (
  select p.*, 'function ' || p.oid::regprocedure as label from pg_proc p where p.pronamespace in (select oid from ours)
), triggers as (
  select t.*, 'trigger ' || t.tgname || ' on ' || t.tgrelid::regclass as label from pg_trigger t join pg_class c on c.oid = t.tgrelid
  where not t.tgisinternal and (c.relnamespace in (select oid from ours) or t.tgrelid = to_regclass('auth.users'))
), policies as (
  select p.*, 'policy ' || p.polname || ' on ' || p.polrelid::regclass as label
  from pg_policy p where p.polrelid in (select oid from relations)
), constraints as (
  select c.*, 'constraint ' || c.conname || ' on ' || c.conrelid::regclass as label
  from pg_constraint c where c.connamespace in (select oid from ours) and c.conrelid <> 0 and c.contype <> 't'
), indexes as (
  select i.*, 'index ' || i.indexrelid::regclass as label from pg_index i where i.indrelid in (select oid from relations)
), columns as (
  select a.*, r.label || ' column ' || a.attname as label
  from pg_attribute a join relations r on r.oid = a.attrelid where a.attnum > 0 and not a.attisdropped and r.relkind <> 'S'
), types as (
  select t.*, 'type ' || t.oid::regtype as label from pg_type t
  where t.typnamespace in (select oid from ours) and t.typelem = 0 and not exists (
    select from pg_class c where c.oid = t.typrelid and c.relkind <> 'c'
  )
), roles as (
  select r.*, 'role ' || r.rolname as label from pg_roles r where r.rolname like 'recto\_%'
), facts (label, definition) as (
  select 'schema ' || nspname, pg_get_userbyid(nspowner)::text from pg_namespace where oid in (select oid from ours)
  union all
  select label, pg_get_userbyid(relowner) || coalesce(' with ' || reloptions::text, '')
    || case when relrowsecurity then ' rls' else '' end || case when relforcerowsecurity then ' forced' else '' end from relations
  union all
  select label || ' query', pg_get_viewdef(oid) from relations where relkind = 'v'
  union all
  select c.label, format_type(c.atttypid, c.atttypmod) || case when c.attnotnull then ' not null' else '' end
    || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') || coalesce(' identity ' || nullif(c.attidentity::text, ''), '')
    || coalesce(' generated ' || nullif(c.attgenerated::text, ''), '')
  from columns c left join pg_attrdef d on d.adrelid = c.attrelid and d.adnum = c.attnum
  union all
  select label, pg_get_constraintdef(oid) || case when convalidated then '' else ' not valid' end from constraints
  union all
  select label, pg_get_indexdef(indexrelid) || case when indisvalid then '' else ' invalid' end from indexes
  union all
  select label, pg_get_functiondef(oid) from functions where prokind in ('f', 'p')
  union all
  select label || ' owner', pg_get_userbyid(proowner)::text from functions
  union all
  select label, pg_get_triggerdef(oid) || ' enabled ' || tgenabled::text from triggers
  union all
  select label, polcmd::text || case when polpermissive then '' else ' restrictive' end || ' to ' || (
      select string_agg(coalesce(nullif(r, 0)::regrole::text, 'public'), ', ' order by r::regrole::text) from unnest(polroles) r
    ) || coalesce(' using ' || pg_get_expr(polqual, polrelid), '') || coalesce(' check ' || pg_get_expr(polwithcheck, polrelid), '')
  from policies
  union all
  select label, typtype::text || ' of ' || pg_get_userbyid(typowner) from types
  union all
  select label, concat_ws(' ', rolsuper, rolinherit, rolcreaterole, rolcreatedb, rolcanlogin, rolreplication, rolbypassrls, rolconnlimit)
  from roles
  union all
  select r.label || ' setting ' || split_part(s, '=', 1), s
  from roles r join pg_db_role_setting d on d.setrole = r.oid, unnest(d.setconfig) s
  union all
  select r.label || ' member of ' || m.roleid::regrole, concat_ws(' ', m.admin_option, m.inherit_option, m.set_option)
  from roles r join pg_auth_members m on m.member = r.oid
  union all
  select 'default privileges of ' || defaclrole::regrole || ' ' || coalesce(defaclnamespace::regnamespace::text, '') || ' ' || defaclobjtype::text,
    defaclacl::text from pg_default_acl
  union all
  select 'publication ' || pubname, schemaname || '.' || tablename from pg_publication_tables
), granted (label, acl) as (
  select 'schema ' || nspname, nspacl from pg_namespace where oid in (select oid from ours)
  union all
  select label, coalesce(relacl, acldefault('r', relowner)) from relations where relkind in ('r', 'v')
  union all
  select label, attacl from columns
  union all
  select label, coalesce(proacl, acldefault('f', proowner)) from functions
  union all
  select label, coalesce(typacl, acldefault('T', typowner)) from types
), comments (label, comment) as (
  select 'schema ' || nspname, obj_description(oid, 'pg_namespace') from pg_namespace where oid in (select oid from ours)
  union all
  select label, obj_description(oid, 'pg_class') from relations
  union all
  select label, col_description(attrelid, attnum) from columns
  union all
  select label, obj_description(oid, 'pg_proc') from functions
  union all
  select label, obj_description(oid, 'pg_trigger') from triggers
  union all
  select label, obj_description(oid, 'pg_policy') from policies
  union all
  select label, obj_description(oid, 'pg_constraint') from constraints
  union all
  select label, obj_description(indexrelid, 'pg_class') from indexes
  union all
  select label, obj_description(oid, 'pg_type') from types
  union all
  select label, shobj_description(oid, 'pg_authid') from roles
)
select label, definition from facts
union all
select label || ' granted to ' || coalesce(nullif(a.grantee, 0)::regrole::text, 'public'),
  string_agg(a.privilege_type || case when a.is_grantable then ' with grant option' else '' end, ', ' order by a.privilege_type)
from granted, aclexplode(acl) a group by label, a.grantee
union all
select label || ' comment', comment from comments where comment is not null;
