-- What the ledger promises and a schema cannot say. Written by hand: a later migration that rebuilds one of these tables keeps the rules
-- (SQLite drops a table's triggers with it, so they have to be created again).

-- Postings and entries are append-only, and so are the remembered answers.
CREATE TRIGGER "posting_append_only_update" BEFORE UPDATE ON "posting" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: UPDATE of "posting" is refused'); END;
CREATE TRIGGER "posting_append_only_delete" BEFORE DELETE ON "posting" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: DELETE of "posting" is refused'); END;
CREATE TRIGGER "entry_append_only_update" BEFORE UPDATE ON "entry" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: UPDATE of "entry" is refused'); END;
CREATE TRIGGER "entry_append_only_delete" BEFORE DELETE ON "entry" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: DELETE of "entry" is refused'); END;
CREATE TRIGGER "ledger_request_append_only_update" BEFORE UPDATE ON "ledger_request" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: UPDATE of "ledger_request" is refused'); END;
CREATE TRIGGER "ledger_request_append_only_delete" BEFORE DELETE ON "ledger_request" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: DELETE of "ledger_request" is refused'); END;

-- Accounts stay, keep their identity, and their posted counters only grow. Amounts are text without leading zeros: longer is larger.
CREATE TRIGGER "account_permanent" BEFORE DELETE ON "account" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: DELETE of "account" is refused'); END;
CREATE TRIGGER "account_counters_grow" BEFORE UPDATE ON "account"
WHEN NEW."id" IS NOT OLD."id" OR NEW."holder_type" IS NOT OLD."holder_type" OR NEW."holder_id" IS NOT OLD."holder_id" OR NEW."asset" IS NOT OLD."asset"
  OR (length(NEW."debits_posted"), NEW."debits_posted") < (length(OLD."debits_posted"), OLD."debits_posted")
  OR (length(NEW."credits_posted"), NEW."credits_posted") < (length(OLD."credits_posted"), OLD."credits_posted")
  OR NEW."version" < OLD."version"
BEGIN SELECT RAISE(ABORT, 'A ledger account keeps its identity, and its posted counters only grow'); END;

-- Counters and amounts are plain digits; a minus sign, a point or an exponent means that something else wrote them.
CREATE TRIGGER "account_counters_are_digits_insert" BEFORE INSERT ON "account"
WHEN NEW."debits_posted" = '' OR NEW."debits_posted" GLOB '*[^0-9]*' OR NEW."credits_posted" = '' OR NEW."credits_posted" GLOB '*[^0-9]*' OR NEW."debits_pending" = '' OR NEW."debits_pending" GLOB '*[^0-9]*' OR NEW."credits_pending" = '' OR NEW."credits_pending" GLOB '*[^0-9]*'
BEGIN SELECT RAISE(ABORT, 'A ledger account counts in whole units that are not negative'); END;
CREATE TRIGGER "account_counters_are_digits_update" BEFORE UPDATE ON "account"
WHEN NEW."debits_posted" = '' OR NEW."debits_posted" GLOB '*[^0-9]*' OR NEW."credits_posted" = '' OR NEW."credits_posted" GLOB '*[^0-9]*' OR NEW."debits_pending" = '' OR NEW."debits_pending" GLOB '*[^0-9]*' OR NEW."credits_pending" = '' OR NEW."credits_pending" GLOB '*[^0-9]*'
BEGIN SELECT RAISE(ABORT, 'A ledger account counts in whole units that are not negative'); END;
CREATE TRIGGER "entry_units_are_digits" BEFORE INSERT ON "entry"
WHEN NEW."units" = '' OR NEW."units" = '0' OR NEW."units" GLOB '*[^0-9]*'
BEGIN SELECT RAISE(ABORT, 'An entry moves a positive number of whole units'); END;

-- A hold resolves once and is never deleted.
CREATE TRIGGER "hold_permanent" BEFORE DELETE ON "hold" BEGIN SELECT RAISE(ABORT, 'The ledger is append-only: DELETE of "hold" is refused'); END;
CREATE TRIGGER "hold_resolves_once" BEFORE UPDATE ON "hold"
WHEN OLD."status" <> 'PENDING' OR NEW."status" = 'PENDING' OR NEW."units" <> OLD."units" OR NEW."account_id" <> OLD."account_id"
BEGIN SELECT RAISE(ABORT, 'A hold resolves once'); END;
