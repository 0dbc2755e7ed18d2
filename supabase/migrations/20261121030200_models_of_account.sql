-- Whoever offers models to choose from has to know, before a submission is refused, what the account's plan includes.

create function recto.models_of(account uuid) returns jsonb
  language plpgsql stable security definer set search_path = ''
as $$
declare
  rule public.plans;
  residency text;
begin
  if recto.may_use(account, (select auth.uid())) is not true then
    return null;
  end if;
  rule := recto.plan_of(account);
  select s.data_residency into residency from recto.account_settings s where s.account_id = account;
  return jsonb_build_object('data_residency', coalesce(residency, 'any'), 'allowed_models', rule.allowed_models);
end
$$;
comment on function recto.models_of is
  'Where the texts of an account of the caller may go, and the names that its requests may have (null: all): {data_residency, allowed_models}; null for others.';
revoke all on function recto.models_of(uuid) from public;
grant execute on function recto.models_of(uuid) to authenticated;

drop function recto.account_residency();
