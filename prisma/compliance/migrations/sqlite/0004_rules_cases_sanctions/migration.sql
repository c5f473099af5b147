-- AlterTable
ALTER TABLE "party_name" ADD COLUMN "country" TEXT;
ALTER TABLE "party_name" ADD COLUMN "owner_id" TEXT;

-- CreateTable
CREATE TABLE "rule_change" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "code" TEXT NOT NULL,
    "base_version" INTEGER NOT NULL,
    "is_enabled" BOOLEAN NOT NULL,
    "mode" TEXT NOT NULL,
    "reviewers_min" INTEGER NOT NULL,
    "parameters" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "proposed_by" TEXT NOT NULL,
    "proposed_at" DATETIME NOT NULL,
    "state" TEXT NOT NULL,
    "decided_by" TEXT,
    "decided_at" DATETIME,
    "decision_note" TEXT
);

-- CreateTable
CREATE TABLE "sanctions_entry" (
    "list_id" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "countries" TEXT NOT NULL,
    "programmes" TEXT NOT NULL,

    PRIMARY KEY ("list_id", "reference"),
    CONSTRAINT "sanctions_entry_list_id_fkey" FOREIGN KEY ("list_id") REFERENCES "sanctions_list" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "rescreening" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "list_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "cursor" TEXT NOT NULL,
    "parties" INTEGER NOT NULL,
    "hits" INTEGER NOT NULL,
    "started_at" DATETIME NOT NULL,
    "finished_at" DATETIME
);

-- CreateTable
CREATE TABLE "sanctions_verdict" (
    "party_id" TEXT NOT NULL,
    "list_name" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "verdict" TEXT NOT NULL,
    "normalised_name" TEXT NOT NULL,
    "case_id" TEXT NOT NULL,
    "decided_at" DATETIME NOT NULL,

    PRIMARY KEY ("party_id", "list_name", "reference")
);

-- CreateTable
CREATE TABLE "compliance_case" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "outcome" TEXT,
    "screening_id" TEXT,
    "party_id" TEXT,
    "alerts" TEXT NOT NULL,
    "dedupe_key" TEXT NOT NULL,
    "reviewers_needed" INTEGER NOT NULL,
    "assignee_id" TEXT,
    "opened_at" DATETIME NOT NULL,
    "due_at" DATETIME NOT NULL,
    "closed_at" DATETIME
);

-- CreateTable
CREATE TABLE "case_vote" (
    "case_id" TEXT NOT NULL,
    "reviewer_id" TEXT NOT NULL,
    "verdict" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "voted_at" DATETIME NOT NULL,

    PRIMARY KEY ("case_id", "reviewer_id"),
    CONSTRAINT "case_vote_case_id_fkey" FOREIGN KEY ("case_id") REFERENCES "compliance_case" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "case_note" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "case_id" TEXT NOT NULL,
    "author_id" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "written_at" DATETIME NOT NULL,
    CONSTRAINT "case_note_case_id_fkey" FOREIGN KEY ("case_id") REFERENCES "compliance_case" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateTable
CREATE TABLE "user_standing" (
    "user_id" TEXT NOT NULL PRIMARY KEY,
    "is_suspended" BOOLEAN NOT NULL,
    "suspended_position" BIGINT NOT NULL,
    "roles" TEXT,
    "roles_position" BIGINT NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- Columns are added, not tables redefined: that would drop their triggers.
ALTER TABLE "screening_outcome" ADD COLUMN "is_shadow" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "rule_version" ADD COLUMN "mode" TEXT NOT NULL DEFAULT 'ENFORCED';
ALTER TABLE "rule_version" ADD COLUMN "reviewers_min" INTEGER NOT NULL DEFAULT 1;
ALTER TABLE "rule_version" ADD COLUMN "approved_by" TEXT;
ALTER TABLE "sanctions_list" ADD COLUMN "format" TEXT NOT NULL DEFAULT 'CLAWPURSE_CSV';
ALTER TABLE "sanctions_name" ADD COLUMN "quality" TEXT NOT NULL DEFAULT 'STRONG';


-- CreateIndex
CREATE INDEX "rule_change_queue" ON "rule_change"("state", "proposed_at", "id");

-- CreateIndex
CREATE UNIQUE INDEX "rescreening_list_id_key" ON "rescreening"("list_id");

-- CreateIndex
CREATE INDEX "rescreening_queue" ON "rescreening"("state", "started_at");

-- CreateIndex
CREATE UNIQUE INDEX "compliance_case_screening_id_key" ON "compliance_case"("screening_id");

-- CreateIndex
CREATE UNIQUE INDEX "compliance_case_dedupe_key_key" ON "compliance_case"("dedupe_key");

-- CreateIndex
CREATE INDEX "compliance_case_queue" ON "compliance_case"("state", "opened_at", "id");

-- CreateIndex
CREATE INDEX "compliance_case_assignee" ON "compliance_case"("assignee_id", "state", "opened_at", "id");

-- CreateIndex
CREATE INDEX "compliance_case_party" ON "compliance_case"("party_id");

-- CreateIndex
CREATE INDEX "case_note_of_case" ON "case_note"("case_id", "written_at", "id");

-- CreateIndex
CREATE INDEX "screening_requested_at" ON "screening"("requested_at", "id");

-- CreateIndex
CREATE INDEX "screening_requester" ON "screening"("requested_by", "requested_at");

-- CreateIndex
CREATE INDEX "screening_recipient" ON "screening"("destination_owner_id", "requested_at");

-- CreateIndex
CREATE INDEX "screening_payee" ON "screening"("requested_by", "destination_owner_id");

-- A version of a rule never changes in anything that it judges by; it is replaced, once.
CREATE TRIGGER "rule_version_terms_unchanged" BEFORE UPDATE ON "rule_version"
WHEN NEW."mode" IS NOT OLD."mode" OR NEW."reviewers_min" IS NOT OLD."reviewers_min" OR NEW."changed_by" IS NOT OLD."changed_by" OR NEW."approved_by" IS NOT OLD."approved_by"
BEGIN SELECT RAISE(ABORT, 'A version of a rule never changes'); END;

-- A proposal is decided once, by another than who made it, and stays what was decided on.
CREATE TRIGGER "rule_change_permanent" BEFORE DELETE ON "rule_change" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "rule_change" is refused'); END;
CREATE TRIGGER "rule_change_decided_once" BEFORE UPDATE ON "rule_change"
WHEN OLD."state" <> 'PROPOSED' OR NEW."id" IS NOT OLD."id" OR NEW."code" IS NOT OLD."code" OR NEW."base_version" IS NOT OLD."base_version"
  OR NEW."is_enabled" IS NOT OLD."is_enabled" OR NEW."mode" IS NOT OLD."mode" OR NEW."reviewers_min" IS NOT OLD."reviewers_min"
  OR NEW."parameters" IS NOT OLD."parameters" OR NEW."proposed_by" IS NOT OLD."proposed_by"
BEGIN SELECT RAISE(ABORT, 'The decision on a rule change is final'); END;
CREATE TRIGGER "rule_change_four_eyes" BEFORE UPDATE ON "rule_change" WHEN NEW."state" = 'APPROVED' AND NEW."decided_by" IS NEW."proposed_by"
BEGIN SELECT RAISE(ABORT, 'A rule change needs a second pair of eyes'); END;

-- An imported list, a vote and a note stay what they were; a closed case stays closed.
CREATE TRIGGER "sanctions_entry_append_only_update" BEFORE UPDATE ON "sanctions_entry" BEGIN SELECT RAISE(ABORT, 'Append-only: UPDATE of "sanctions_entry" is refused'); END;
CREATE TRIGGER "sanctions_entry_append_only_delete" BEFORE DELETE ON "sanctions_entry" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "sanctions_entry" is refused'); END;
CREATE TRIGGER "case_vote_append_only_update" BEFORE UPDATE ON "case_vote" BEGIN SELECT RAISE(ABORT, 'Append-only: UPDATE of "case_vote" is refused'); END;
CREATE TRIGGER "case_vote_append_only_delete" BEFORE DELETE ON "case_vote" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "case_vote" is refused'); END;
CREATE TRIGGER "case_note_append_only_update" BEFORE UPDATE ON "case_note" BEGIN SELECT RAISE(ABORT, 'Append-only: UPDATE of "case_note" is refused'); END;
CREATE TRIGGER "case_note_append_only_delete" BEFORE DELETE ON "case_note" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "case_note" is refused'); END;
CREATE TRIGGER "compliance_case_permanent" BEFORE DELETE ON "compliance_case" BEGIN SELECT RAISE(ABORT, 'Append-only: DELETE of "compliance_case" is refused'); END;
CREATE TRIGGER "compliance_case_closed_once" BEFORE UPDATE ON "compliance_case"
WHEN OLD."state" = 'CLOSED' OR NEW."id" IS NOT OLD."id" OR NEW."kind" IS NOT OLD."kind" OR NEW."dedupe_key" IS NOT OLD."dedupe_key"
  OR NEW."reviewers_needed" IS NOT OLD."reviewers_needed" OR NEW."alerts" IS NOT OLD."alerts"
BEGIN SELECT RAISE(ABORT, 'A closed case stays closed'); END;
