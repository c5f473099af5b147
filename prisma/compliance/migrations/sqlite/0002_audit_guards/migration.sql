-- What the audit log and the screenings promise and a schema cannot say. Written by hand: a later migration that rebuilds one of these
-- tables keeps the rules (SQLite drops a table's triggers with it, so they have to be created again).

-- The audit log is append-only. INSERT OR REPLACE would delete without asking the triggers for DELETE, so it is refused by itself.
CREATE TRIGGER "audit_event_append_only_update" BEFORE UPDATE ON "audit_event" BEGIN SELECT RAISE(ABORT, 'Append-only: UPDATE of "audit_event" is refused'); END;
CREATE TRIGGER "audit_event_append_only_delete" BEFORE DELETE ON "audit_event" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "audit_event" is refused'); END;
CREATE TRIGGER "audit_event_append_only_replace" BEFORE INSERT ON "audit_event"
WHEN EXISTS (SELECT 1 FROM "audit_event" WHERE "sequence" = NEW."sequence") OR EXISTS (SELECT 1 FROM "audit_event" WHERE "event_id" = NEW."event_id")
BEGIN SELECT RAISE(ABORT, 'Append-only: REPLACE of "audit_event" is refused'); END;

-- Its head stays, and only moves on.
INSERT INTO "audit_head" ("id", "sequence", "hash") VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000');
CREATE TRIGGER "audit_head_permanent" BEFORE DELETE ON "audit_head" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "audit_head" is refused'); END;
CREATE TRIGGER "audit_head_single" BEFORE INSERT ON "audit_head" BEGIN SELECT RAISE(ABORT, 'The audit log has one head'); END;
CREATE TRIGGER "audit_head_moves_on" BEFORE UPDATE ON "audit_head"
WHEN NEW."id" <> OLD."id" OR NEW."sequence" < OLD."sequence" OR (NEW."sequence" = OLD."sequence" AND NEW."hash" <> OLD."hash")
BEGIN SELECT RAISE(ABORT, 'The head of the audit log only moves on'); END;

-- What the rules said stays as it was said; a decision is final.
CREATE TRIGGER "screening_outcome_append_only_update" BEFORE UPDATE ON "screening_outcome" BEGIN SELECT RAISE(ABORT, 'Append-only: UPDATE of "screening_outcome" is refused'); END;
CREATE TRIGGER "screening_outcome_append_only_delete" BEFORE DELETE ON "screening_outcome" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "screening_outcome" is refused'); END;
CREATE TRIGGER "screening_permanent" BEFORE DELETE ON "screening" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "screening" is refused'); END;
CREATE TRIGGER "screening_decided_once" BEFORE UPDATE ON "screening"
WHEN NEW."id" IS NOT OLD."id" OR NEW."transaction_id" IS NOT OLD."transaction_id" OR NEW."requested_by" IS NOT OLD."requested_by"
  OR NEW."asset" IS NOT OLD."asset" OR NEW."units" IS NOT OLD."units" OR (OLD."decision" <> 'HELD' AND NEW."decision" <> OLD."decision")
BEGIN SELECT RAISE(ABORT, 'The decision of a screening is final'); END;

-- A version of a rule never changes; it is replaced, once.
CREATE TRIGGER "rule_version_permanent" BEFORE DELETE ON "rule_version" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "rule_version" is refused'); END;
CREATE TRIGGER "rule_version_unchanged" BEFORE UPDATE ON "rule_version"
WHEN OLD."superseded_at" IS NOT NULL OR NEW."code" IS NOT OLD."code" OR NEW."version" IS NOT OLD."version"
  OR NEW."is_enabled" IS NOT OLD."is_enabled" OR NEW."parameters" IS NOT OLD."parameters"
BEGIN SELECT RAISE(ABORT, 'A version of a rule never changes'); END;
-- One version of a rule is in force at a time.
CREATE UNIQUE INDEX "rule_version_in_force" ON "rule_version" ("code") WHERE "superseded_at" IS NULL;

-- An imported list stays what it was when it matched.
CREATE TRIGGER "sanctions_name_append_only_update" BEFORE UPDATE ON "sanctions_name" BEGIN SELECT RAISE(ABORT, 'Append-only: UPDATE of "sanctions_name" is refused'); END;
CREATE TRIGGER "sanctions_name_append_only_delete" BEFORE DELETE ON "sanctions_name" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "sanctions_name" is refused'); END;

-- Amounts are plain digits; a minus sign, a point or an exponent means that something else wrote them.
CREATE TRIGGER "usage_bucket_units_are_digits_insert" BEFORE INSERT ON "usage_bucket" WHEN NEW."units" = '' OR NEW."units" GLOB '*[^0-9]*' OR NEW."transactions" < 0
BEGIN SELECT RAISE(ABORT, 'Usage is counted in whole units that are not negative'); END;
CREATE TRIGGER "usage_bucket_units_are_digits_update" BEFORE UPDATE ON "usage_bucket" WHEN NEW."units" = '' OR NEW."units" GLOB '*[^0-9]*' OR NEW."transactions" < 0
BEGIN SELECT RAISE(ABORT, 'Usage is counted in whole units that are not negative'); END;
CREATE TRIGGER "screening_units_are_digits" BEFORE INSERT ON "screening" WHEN NEW."units" = '' OR NEW."units" = '0' OR NEW."units" GLOB '*[^0-9]*'
BEGIN SELECT RAISE(ABORT, 'A screening is of a positive number of whole units'); END;
