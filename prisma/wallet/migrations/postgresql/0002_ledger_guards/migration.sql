-- What the ledger promises and a schema cannot say. Written by hand: a later migration that rebuilds one of these tables keeps the rules.

-- Postings and entries are append-only, and so are the remembered answers.
CREATE FUNCTION "refuse_ledger_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'The ledger is append-only: % of "%" is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER "posting_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "posting" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_ledger_change"();
CREATE TRIGGER "entry_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "entry" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_ledger_change"();
CREATE TRIGGER "ledger_request_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "ledger_request" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_ledger_change"();

-- Accounts stay, keep their identity, and their posted counters only grow.
CREATE TRIGGER "account_permanent" BEFORE DELETE OR TRUNCATE ON "account" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_ledger_change"();
CREATE FUNCTION "guard_account_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW."id", NEW."holder_type", NEW."holder_id", NEW."asset") IS DISTINCT FROM (OLD."id", OLD."holder_type", OLD."holder_id", OLD."asset")
    OR NEW."debits_posted" < OLD."debits_posted" OR NEW."credits_posted" < OLD."credits_posted" OR NEW."version" < OLD."version" THEN
    RAISE EXCEPTION 'A ledger account keeps its identity, and its posted counters only grow' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "account_counters_grow" BEFORE UPDATE ON "account" FOR EACH ROW EXECUTE FUNCTION "guard_account_change"();

-- The last line of defence: no wallet spends what it does not have, whatever the code decided.
ALTER TABLE "account" ADD CONSTRAINT "account_counters_not_negative"
  CHECK ("debits_posted" >= 0 AND "credits_posted" >= 0 AND "debits_pending" >= 0 AND "credits_pending" >= 0 AND "version" >= 0);
ALTER TABLE "account" ADD CONSTRAINT "account_wallet_not_overdrawn"
  CHECK ("holder_type" <> 'WALLET' OR "credits_posted" - "debits_posted" - "debits_pending" >= 0);
ALTER TABLE "entry" ADD CONSTRAINT "entry_units_positive" CHECK ("units" > 0);
ALTER TABLE "hold" ADD CONSTRAINT "hold_units_positive" CHECK ("units" > 0 AND ("captured_units" IS NULL OR "captured_units" BETWEEN 1 AND "units"));

-- A hold resolves once and is never deleted.
CREATE TRIGGER "hold_permanent" BEFORE DELETE OR TRUNCATE ON "hold" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_ledger_change"();
CREATE FUNCTION "guard_hold_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."status" <> 'PENDING' OR NEW."status" = 'PENDING' OR NEW."units" <> OLD."units" OR NEW."account_id" <> OLD."account_id" THEN
    RAISE EXCEPTION 'The hold % is % and resolves once', OLD."id", OLD."status" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "hold_resolves_once" BEFORE UPDATE ON "hold" FOR EACH ROW EXECUTE FUNCTION "guard_hold_change"();
