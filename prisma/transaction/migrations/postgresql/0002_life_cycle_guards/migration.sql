-- What the life cycle promises and a schema cannot say. Written by hand: a later migration that rebuilds one of these tables keeps the rules.

-- The history of a transaction is append-only, and transactions stay.
CREATE FUNCTION "refuse_transaction_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'Transactions and their history are kept: % of "%" is refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER "transaction_step_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "transaction_step" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_transaction_change"();
CREATE TRIGGER "transaction_permanent" BEFORE DELETE OR TRUNCATE ON "transaction" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_transaction_change"();

-- What was asked for never changes; a new state is a new version; a final state is final.
CREATE FUNCTION "guard_transaction_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW."id", NEW."kind", NEW."requested_by", NEW."source_type", NEW."source_id", NEW."source_owner_id", NEW."destination_type", NEW."destination_id",
      NEW."destination_owner_id", NEW."asset", NEW."units", NEW."idempotency_key", NEW."request_fingerprint", NEW."created_at")
    IS DISTINCT FROM
     (OLD."id", OLD."kind", OLD."requested_by", OLD."source_type", OLD."source_id", OLD."source_owner_id", OLD."destination_type", OLD."destination_id",
      OLD."destination_owner_id", OLD."asset", OLD."units", OLD."idempotency_key", OLD."request_fingerprint", OLD."created_at") THEN
    RAISE EXCEPTION 'What transaction % asked for never changes', OLD."id" USING ERRCODE = 'restrict_violation';
  END IF;
  IF NEW."state" <> OLD."state" AND (OLD."state" IN ('COMPLETED', 'REJECTED', 'FAILED') OR NEW."version" <> OLD."version" + 1)
    OR NEW."state" = OLD."state" AND NEW."version" <> OLD."version" THEN
    RAISE EXCEPTION 'Transaction % is % at version %; it cannot become % at version %', OLD."id", OLD."state", OLD."version", NEW."state", NEW."version"
      USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "transaction_moves_on" BEFORE UPDATE ON "transaction" FOR EACH ROW EXECUTE FUNCTION "guard_transaction_change"();

ALTER TABLE "transaction" ADD CONSTRAINT "transaction_units_positive" CHECK ("units" > 0);
ALTER TABLE "transaction" ADD CONSTRAINT "transaction_state_known"
  CHECK ("state" IN ('REQUESTED', 'IN_REVIEW', 'APPROVED', 'COMPLETED', 'REJECTED', 'FAILED'));
