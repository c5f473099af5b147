-- What the audit log and the screenings promise and a schema cannot say. Written by hand: a later migration that rebuilds one of these
-- tables keeps the rules.

CREATE FUNCTION "refuse_record_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Append-only: % of "%" is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;

-- The audit log is append-only.
CREATE TRIGGER "audit_event_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "audit_event" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();

-- Its head stays, and only moves on.
CREATE TRIGGER "audit_head_permanent" BEFORE DELETE OR TRUNCATE ON "audit_head" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();
CREATE FUNCTION "guard_audit_head"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."id" <> OLD."id" OR NEW."sequence" < OLD."sequence" OR (NEW."sequence" = OLD."sequence" AND NEW."hash" <> OLD."hash") THEN
    RAISE EXCEPTION 'The head of the audit log only moves on' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "audit_head_moves_on" BEFORE UPDATE ON "audit_head" FOR EACH ROW EXECUTE FUNCTION "guard_audit_head"();
ALTER TABLE "audit_head" ADD CONSTRAINT "audit_head_single" CHECK ("id" = 1);
INSERT INTO "audit_head" ("id", "sequence", "hash") VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');

-- What the rules said stays as it was said; a decision is final.
CREATE TRIGGER "screening_outcome_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "screening_outcome" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();
CREATE TRIGGER "screening_permanent" BEFORE DELETE OR TRUNCATE ON "screening" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();
CREATE FUNCTION "guard_screening_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW."id", NEW."transaction_id", NEW."requested_by", NEW."asset", NEW."units") IS DISTINCT FROM (OLD."id", OLD."transaction_id", OLD."requested_by", OLD."asset", OLD."units")
    OR (OLD."decision" <> 'HELD' AND NEW."decision" <> OLD."decision") THEN
    RAISE EXCEPTION 'The screening % is %, which is final', OLD."id", OLD."decision" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "screening_decided_once" BEFORE UPDATE ON "screening" FOR EACH ROW EXECUTE FUNCTION "guard_screening_change"();

-- A version of a rule never changes; it is replaced, once.
CREATE TRIGGER "rule_version_permanent" BEFORE DELETE OR TRUNCATE ON "rule_version" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();
CREATE FUNCTION "guard_rule_version_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."superseded_at" IS NOT NULL
    OR (NEW."code", NEW."version", NEW."is_enabled", NEW."parameters") IS DISTINCT FROM (OLD."code", OLD."version", OLD."is_enabled", OLD."parameters") THEN
    RAISE EXCEPTION 'Version % of the rule % never changes', OLD."version", OLD."code" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "rule_version_unchanged" BEFORE UPDATE ON "rule_version" FOR EACH ROW EXECUTE FUNCTION "guard_rule_version_change"();
-- One version of a rule is in force at a time.
CREATE UNIQUE INDEX "rule_version_in_force" ON "rule_version" ("code") WHERE "superseded_at" IS NULL;

-- An imported list stays what it was when it matched.
CREATE TRIGGER "sanctions_name_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "sanctions_name" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();

-- Totals never go below nothing.
ALTER TABLE "usage_bucket" ADD CONSTRAINT "usage_bucket_not_negative" CHECK ("units" >= 0 AND "transactions" >= 0);
ALTER TABLE "screening" ADD CONSTRAINT "screening_units_positive" CHECK ("units" > 0);
