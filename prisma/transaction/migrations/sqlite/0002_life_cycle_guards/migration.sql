-- What the life cycle promises and a schema cannot say. Written by hand: a later migration that rebuilds one of these tables keeps the rules
-- (SQLite drops a table's triggers with it, so they have to be created again).

-- The history of a transaction is append-only, and transactions stay.
CREATE TRIGGER "transaction_step_append_only_update" BEFORE UPDATE ON "transaction_step" BEGIN SELECT RAISE(ABORT, 'Transactions and their history are kept: UPDATE of "transaction_step" is refused'); END;
CREATE TRIGGER "transaction_step_append_only_delete" BEFORE DELETE ON "transaction_step" BEGIN SELECT RAISE(ABORT, 'Transactions and their history are kept: DELETE of "transaction_step" is refused'); END;
CREATE TRIGGER "transaction_permanent" BEFORE DELETE ON "transaction" BEGIN SELECT RAISE(ABORT, 'Transactions and their history are kept: DELETE of "transaction" is refused'); END;

-- What was asked for never changes; a new state is a new version; a final state is final.
CREATE TRIGGER "transaction_request_unchanged" BEFORE UPDATE ON "transaction"
WHEN (NEW."id", NEW."kind", NEW."requested_by", NEW."source_type", NEW."source_id", NEW."source_owner_id", NEW."destination_type", NEW."destination_id",
      NEW."destination_owner_id", NEW."asset", NEW."units", NEW."idempotency_key", NEW."request_fingerprint", NEW."created_at")
  <> (OLD."id", OLD."kind", OLD."requested_by", OLD."source_type", OLD."source_id", OLD."source_owner_id", OLD."destination_type", OLD."destination_id",
      OLD."destination_owner_id", OLD."asset", OLD."units", OLD."idempotency_key", OLD."request_fingerprint", OLD."created_at")
BEGIN SELECT RAISE(ABORT, 'What a transaction asked for never changes'); END;
CREATE TRIGGER "transaction_moves_on" BEFORE UPDATE ON "transaction"
WHEN (NEW."state" <> OLD."state" AND (OLD."state" IN ('COMPLETED', 'REJECTED', 'FAILED') OR NEW."version" <> OLD."version" + 1))
  OR (NEW."state" = OLD."state" AND NEW."version" <> OLD."version")
BEGIN SELECT RAISE(ABORT, 'A transaction cannot go back, nor leave a final state'); END;

CREATE TRIGGER "transaction_is_sound" BEFORE INSERT ON "transaction"
WHEN NEW."units" = '' OR NEW."units" GLOB '0*' OR NEW."units" GLOB '*[^0-9]*'
  OR NEW."state" NOT IN ('REQUESTED', 'IN_REVIEW', 'APPROVED', 'COMPLETED', 'REJECTED', 'FAILED')
BEGIN SELECT RAISE(ABORT, 'A transaction moves a positive number of whole units and is in a known state'); END;
