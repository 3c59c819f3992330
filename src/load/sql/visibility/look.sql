-- Purpose: becomes one user after the other and looks what each sees and may do. Everything is tried
-- in a sub-transaction that is rolled back whatever comes of it; only the keys survive.
-- Placeholders: :phase, :organizations, literals; :make, :invite, statements as literals: the organization into which
-- a user is invited, where it is not there yet ($1), and the invitation ($1, the user $2). A row that
-- only a constraint refuses was let through by the policies.
do $orgfold$
declare
  probe record;
  target record;
  setting record;
  sample text[];
  pieces text[];
  piece text;
  input jsonb;
  found text[];
  keys text[];
  code text;
  place text;
  failed text;
begin
  for probe in select p.* from pg_temp.orgfold_probe as p order by p.who loop
    failed := '';
    for target in select t.* from pg_temp.orgfold_target as t order by t.nr loop
      -- The application's own filter by tenant may spare it what a bare look runs into.
      continue when target.command = 'select own' and (failed <> target.rel or probe.tenant is null);
      -- The owner of an organization is guarded against its own users on purpose.
      continue when target.command = 'update' and target.rel = :organizations
        and probe.moves_to is not null;
      if target.command = 'insert' then
        sample := array(
          select r.tenant::text from pg_temp.orgfold_row as r
          where r.rel = target.rel
          order by r.tenant is distinct from probe.tenant, r.tenant limit 2
        );
      else
        sample := array(
          select s.id from pg_temp.orgfold_sample as s
          where s.rel = target.rel
            and (target.command in ('select', 'select own')
              or s.changes and (s.tenant = probe.tenant or s.nr <= 2))
          order by s.id
        );
      end if;
      pieces := case
        when target.command in ('delete', 'insert') then sample
        else array[array_to_string(sample, ' ')]
      end;
      loop
        found := '{}';
        code := null;
        place := null;
        foreach piece in array pieces loop
          input := (
            select r.content from pg_temp.orgfold_row as r
            where target.command = 'insert' and r.rel = target.rel and r.tenant::text = piece
          );
          begin
            if probe.moves_to is not null then
              execute :make using probe.moves_to;
              execute :invite using probe.moves_to, probe.moved;
            end if;
            perform set_config('row_security', 'on', true);
            for setting in select s.key, s.value from jsonb_each_text(probe.settings) as s loop
              perform set_config(setting.key, setting.value, true);
            end loop;
            perform set_config('role', probe.role, true);
            execute target.statement into keys
              using string_to_array(piece, ' '), input, probe.tenant;
            raise exception using errcode = 'OF001';
          exception
            when sqlstate 'OF001' then
              found := found || coalesce(keys, '{}');
            when integrity_constraint_violation then
              if cardinality(pieces) = cardinality(sample) then
                found := found || piece;
              else
                code := sqlstate;
              end if;
            when others then
              get stacked diagnostics code = returned_sqlstate, place = pg_exception_context;
              place := substring(place from 'function ([^(]+)\(');
          end;
        end loop;
        -- One row may spoil what the others may.
        exit when code is null or target.command in ('select', 'select own')
          or cardinality(pieces) = cardinality(sample);
        pieces := sample;
      end loop;
      if target.command = 'select' and code is not null then
        failed := target.rel;
      end if;
      insert into pg_temp.orgfold_seen (phase, who, rel, command, ids, code, place)
      select :phase, probe.who, target.rel, target.command,
        array(select distinct unnest(found) order by 1), code, place;
    end loop;
  end loop;
end
$orgfold$
