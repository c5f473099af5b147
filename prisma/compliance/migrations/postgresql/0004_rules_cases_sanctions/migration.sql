-- AlterTable
ALTER TABLE "screening_outcome" ADD COLUMN     "is_shadow" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "rule_version" ADD COLUMN     "approved_by" TEXT,
ADD COLUMN     "mode" TEXT NOT NULL DEFAULT 'ENFORCED',
ADD COLUMN     "reviewers_min" INTEGER NOT NULL DEFAULT 1;

-- AlterTable
ALTER TABLE "party_name" ADD COLUMN     "country" TEXT,
ADD COLUMN     "owner_id" TEXT;

-- AlterTable
ALTER TABLE "sanctions_list" ADD COLUMN     "format" TEXT NOT NULL DEFAULT 'CLAWPURSE_CSV';

-- AlterTable
ALTER TABLE "sanctions_name" ADD COLUMN     "quality" TEXT NOT NULL DEFAULT 'STRONG';

-- CreateTable
CREATE TABLE "rule_change" (
    "id" TEXT NOT NULL,
    "code" TEXT NOT NULL,
    "base_version" INTEGER NOT NULL,
    "is_enabled" BOOLEAN NOT NULL,
    "mode" TEXT NOT NULL,
    "reviewers_min" INTEGER NOT NULL,
    "parameters" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "proposed_by" TEXT NOT NULL,
    "proposed_at" TIMESTAMPTZ(3) NOT NULL,
    "state" TEXT NOT NULL,
    "decided_by" TEXT,
    "decided_at" TIMESTAMPTZ(3),
    "decision_note" TEXT,

    CONSTRAINT "rule_change_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sanctions_entry" (
    "list_id" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "countries" TEXT NOT NULL,
    "programmes" TEXT NOT NULL,

    CONSTRAINT "sanctions_entry_pkey" PRIMARY KEY ("list_id","reference")
);

-- CreateTable
CREATE TABLE "rescreening" (
    "id" TEXT NOT NULL,
    "list_id" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "cursor" TEXT NOT NULL,
    "parties" INTEGER NOT NULL,
    "hits" INTEGER NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "rescreening_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "sanctions_verdict" (
    "party_id" TEXT NOT NULL,
    "list_name" TEXT NOT NULL,
    "reference" TEXT NOT NULL,
    "verdict" TEXT NOT NULL,
    "normalised_name" TEXT NOT NULL,
    "case_id" TEXT NOT NULL,
    "decided_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sanctions_verdict_pkey" PRIMARY KEY ("party_id","list_name","reference")
);

-- CreateTable
CREATE TABLE "compliance_case" (
    "id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "outcome" TEXT,
    "screening_id" TEXT,
    "party_id" TEXT,
    "alerts" TEXT NOT NULL,
    "dedupe_key" TEXT NOT NULL,
    "reviewers_needed" INTEGER NOT NULL,
    "assignee_id" TEXT,
    "opened_at" TIMESTAMPTZ(3) NOT NULL,
    "due_at" TIMESTAMPTZ(3) NOT NULL,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "compliance_case_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "case_vote" (
    "case_id" TEXT NOT NULL,
    "reviewer_id" TEXT NOT NULL,
    "verdict" TEXT NOT NULL,
    "note" TEXT NOT NULL,
    "voted_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "case_vote_pkey" PRIMARY KEY ("case_id","reviewer_id")
);

-- CreateTable
CREATE TABLE "case_note" (
    "id" TEXT NOT NULL,
    "case_id" TEXT NOT NULL,
    "author_id" TEXT NOT NULL,
    "text" TEXT NOT NULL,
    "written_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "case_note_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "user_standing" (
    "user_id" TEXT NOT NULL,
    "is_suspended" BOOLEAN NOT NULL,
    "suspended_position" BIGINT NOT NULL,
    "roles" TEXT,
    "roles_position" BIGINT NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "user_standing_pkey" PRIMARY KEY ("user_id")
);

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

-- AddForeignKey
ALTER TABLE "sanctions_entry" ADD CONSTRAINT "sanctions_entry_list_id_fkey" FOREIGN KEY ("list_id") REFERENCES "sanctions_list"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "case_vote" ADD CONSTRAINT "case_vote_case_id_fkey" FOREIGN KEY ("case_id") REFERENCES "compliance_case"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE "case_note" ADD CONSTRAINT "case_note_case_id_fkey" FOREIGN KEY ("case_id") REFERENCES "compliance_case"("id") ON DELETE RESTRICT ON UPDATE RESTRICT;

-- A version of a rule never changes in anything that it judges by; it is replaced, once.
CREATE OR REPLACE FUNCTION "guard_rule_version_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."superseded_at" IS NOT NULL
    OR (NEW."code", NEW."version", NEW."is_enabled", NEW."mode", NEW."reviewers_min", NEW."parameters", NEW."changed_by", NEW."approved_by")
      IS DISTINCT FROM (OLD."code", OLD."version", OLD."is_enabled", OLD."mode", OLD."reviewers_min", OLD."parameters", OLD."changed_by", OLD."approved_by") THEN
    RAISE EXCEPTION 'Version % of the rule % never changes', OLD."version", OLD."code" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;

-- A proposal is decided once, by another than who made it, and stays what was decided on.
CREATE TRIGGER "rule_change_permanent" BEFORE DELETE OR TRUNCATE ON "rule_change" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();
CREATE FUNCTION "guard_rule_change"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."state" <> 'PROPOSED'
    OR (NEW."id", NEW."code", NEW."base_version", NEW."is_enabled", NEW."mode", NEW."reviewers_min", NEW."parameters", NEW."proposed_by")
      IS DISTINCT FROM (OLD."id", OLD."code", OLD."base_version", OLD."is_enabled", OLD."mode", OLD."reviewers_min", OLD."parameters", OLD."proposed_by") THEN
    RAISE EXCEPTION 'The rule change % is %, which is final', OLD."id", OLD."state" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "rule_change_decided_once" BEFORE UPDATE ON "rule_change" FOR EACH ROW EXECUTE FUNCTION "guard_rule_change"();
ALTER TABLE "rule_change" ADD CONSTRAINT "rule_change_four_eyes" CHECK ("state" <> 'APPROVED' OR "decided_by" <> "proposed_by");

-- An imported list, a vote and a note stay what they were; a closed case stays closed.
CREATE TRIGGER "sanctions_entry_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "sanctions_entry" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();
CREATE TRIGGER "case_vote_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "case_vote" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();
CREATE TRIGGER "case_note_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "case_note" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();
CREATE TRIGGER "compliance_case_permanent" BEFORE DELETE OR TRUNCATE ON "compliance_case" FOR EACH STATEMENT EXECUTE FUNCTION "refuse_record_change"();
CREATE FUNCTION "guard_compliance_case"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."state" = 'CLOSED' OR (NEW."id", NEW."kind", NEW."dedupe_key", NEW."reviewers_needed", NEW."alerts")
      IS DISTINCT FROM (OLD."id", OLD."kind", OLD."dedupe_key", OLD."reviewers_needed", OLD."alerts") THEN
    RAISE EXCEPTION 'The case % is %', OLD."id", OLD."state" USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END
$$;
CREATE TRIGGER "compliance_case_closed_once" BEFORE UPDATE ON "compliance_case" FOR EACH ROW EXECUTE FUNCTION "guard_compliance_case"();
