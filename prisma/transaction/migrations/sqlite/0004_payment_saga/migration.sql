-- CreateTable
CREATE TABLE "transaction_reversal" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "transaction_id" TEXT NOT NULL,
    "requested_by" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "refusal_code" TEXT,
    "idempotency_key" TEXT NOT NULL,
    "request_fingerprint" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "fee_schedule" (
    "kind" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "fixed_units" TEXT NOT NULL,
    "basis_points" INTEGER NOT NULL,
    "min_units" TEXT NOT NULL,
    "max_units" TEXT,
    "created_by" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,

    PRIMARY KEY ("kind", "asset", "version")
);

-- CreateTable
CREATE TABLE "payment_request" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "requested_by" TEXT NOT NULL,
    "payer_id" TEXT NOT NULL,
    "wallet_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "units" TEXT NOT NULL,
    "memo" TEXT,
    "transaction_id" TEXT,
    "accept_key" TEXT,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "idempotency_key" TEXT NOT NULL,
    "request_fingerprint" TEXT NOT NULL,
    "expires_at" DATETIME NOT NULL,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "transfer_schedule" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "owner_id" TEXT NOT NULL,
    "source_id" TEXT NOT NULL,
    "destination_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "units" TEXT NOT NULL,
    "memo" TEXT,
    "frequency" TEXT NOT NULL,
    "interval" INTEGER NOT NULL,
    "starts_at" DATETIME NOT NULL,
    "time_zone" TEXT NOT NULL,
    "ends_at" DATETIME,
    "occurrences_max" INTEGER,
    "on_failure" TEXT NOT NULL,
    "next_occurrence" INTEGER NOT NULL,
    "next_at" DATETIME,
    "pause_code" TEXT,
    "idempotency_key" TEXT NOT NULL,
    "request_fingerprint" TEXT NOT NULL,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "schedule_run" (
    "schedule_id" TEXT NOT NULL,
    "occurrence" INTEGER NOT NULL,
    "due_at" DATETIME NOT NULL,
    "transaction_id" TEXT,
    "refusal_code" TEXT,
    "refusal_message" TEXT,
    "ran_at" DATETIME NOT NULL,

    PRIMARY KEY ("schedule_id", "occurrence"),
    CONSTRAINT "schedule_run_schedule_id_fkey" FOREIGN KEY ("schedule_id") REFERENCES "transfer_schedule" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- Columns are added one by one: rebuilding the table would drop its triggers.
ALTER TABLE "transaction" ADD COLUMN "fee_units" TEXT NOT NULL DEFAULT '0';
ALTER TABLE "transaction" ADD COLUMN "fee_version" INTEGER;
ALTER TABLE "transaction" ADD COLUMN "origin_type" TEXT;
ALTER TABLE "transaction" ADD COLUMN "origin_id" TEXT;
ALTER TABLE "transaction" ADD COLUMN "origin_item" INTEGER;
ALTER TABLE "transaction" ADD COLUMN "is_linked" BOOLEAN NOT NULL DEFAULT false;
ALTER TABLE "transaction" ADD COLUMN "screening_note" TEXT;
ALTER TABLE "transaction" ADD COLUMN "screening_noted_by" TEXT;
ALTER TABLE "transaction" ADD COLUMN "hold_id" TEXT;
ALTER TABLE "transaction" ADD COLUMN "reversal_id" TEXT;
ALTER TABLE "transaction" ADD COLUMN "deadline_at" DATETIME;

-- CreateIndex
CREATE INDEX "transaction_deadline_at" ON "transaction"("deadline_at");

-- CreateIndex
CREATE INDEX "transaction_origin" ON "transaction"("origin_id", "origin_item");

-- CreateIndex
CREATE INDEX "transaction_reversal_of_transaction" ON "transaction_reversal"("transaction_id", "created_at");

-- CreateIndex
CREATE UNIQUE INDEX "transaction_reversal_requested_by_idempotency_key" ON "transaction_reversal"("requested_by", "idempotency_key");

-- CreateIndex
CREATE INDEX "payment_request_of_requester" ON "payment_request"("requested_by", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "payment_request_of_payer" ON "payment_request"("payer_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "payment_request_due" ON "payment_request"("state", "expires_at");

-- CreateIndex
CREATE UNIQUE INDEX "payment_request_requested_by_idempotency_key" ON "payment_request"("requested_by", "idempotency_key");

-- CreateIndex
CREATE INDEX "transfer_schedule_of_owner" ON "transfer_schedule"("owner_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "transfer_schedule_due" ON "transfer_schedule"("state", "next_at");

-- CreateIndex
CREATE UNIQUE INDEX "transfer_schedule_owner_id_idempotency_key" ON "transfer_schedule"("owner_id", "idempotency_key");

-- By hand from here on: the guards of the life cycle, with the new states, fees and origins.
DROP TRIGGER "transaction_request_unchanged";
DROP TRIGGER "transaction_moves_on";
DROP TRIGGER "transaction_is_sound";

-- Until now APPROVED meant that the ledger had been told to post. The reminders tell it again, under the event that it listens to now.
INSERT INTO "transaction_step" ("transaction_id", "version", "state", "at")
  SELECT "id", "version" + 1, 'POSTING', "updated_at" FROM "transaction" WHERE "state" = 'APPROVED';
UPDATE "transaction" SET "state" = 'POSTING', "version" = "version" + 1 WHERE "state" = 'APPROVED';

-- What was asked for never changes; every state entered is a new version; a final state is final, but a completed transaction can be reversed.
CREATE TRIGGER "transaction_request_unchanged" BEFORE UPDATE ON "transaction"
WHEN (NEW."id", NEW."kind", NEW."requested_by", NEW."source_type", NEW."source_id", NEW."source_owner_id", NEW."destination_type", NEW."destination_id",
      NEW."destination_owner_id", NEW."asset", NEW."units", NEW."fee_units", NEW."origin_type", NEW."origin_id", NEW."origin_item", NEW."is_linked", NEW."idempotency_key", NEW."request_fingerprint", NEW."created_at")
  IS NOT (OLD."id", OLD."kind", OLD."requested_by", OLD."source_type", OLD."source_id", OLD."source_owner_id", OLD."destination_type", OLD."destination_id",
      OLD."destination_owner_id", OLD."asset", OLD."units", OLD."fee_units", OLD."origin_type", OLD."origin_id", OLD."origin_item", OLD."is_linked", OLD."idempotency_key", OLD."request_fingerprint", OLD."created_at")
BEGIN SELECT RAISE(ABORT, 'What a transaction asked for never changes'); END;
CREATE TRIGGER "transaction_moves_on" BEFORE UPDATE ON "transaction"
WHEN (NEW."state" <> OLD."state" AND (OLD."state" IN ('REJECTED', 'FAILED', 'EXPIRED', 'REVERSED') OR (OLD."state" = 'COMPLETED' AND NEW."state" <> 'REVERSED')
      OR NEW."version" NOT BETWEEN OLD."version" + 1 AND OLD."version" + 3))
  OR (NEW."state" = OLD."state" AND NEW."version" <> OLD."version")
BEGIN SELECT RAISE(ABORT, 'A transaction cannot go back, nor leave a final state'); END;
CREATE TRIGGER "transaction_is_sound" BEFORE INSERT ON "transaction"
WHEN NEW."units" = '' OR NEW."units" GLOB '0*' OR NEW."units" GLOB '*[^0-9]*' OR NEW."fee_units" = '' OR NEW."fee_units" GLOB '*[^0-9]*'
  OR NEW."state" NOT IN ('REQUESTED', 'SCREENING', 'IN_REVIEW', 'APPROVED', 'POSTING', 'COMPLETED', 'REJECTED', 'FAILED', 'EXPIRED', 'REVERSED')
BEGIN SELECT RAISE(ABORT, 'A transaction moves a positive number of whole units and is in a known state'); END;

-- Prices that were charged, and runs that have been, stay as they are.
CREATE TRIGGER "fee_schedule_append_only_update" BEFORE UPDATE ON "fee_schedule" BEGIN SELECT RAISE(ABORT, 'Fee schedules are kept: a change is a new version'); END;
CREATE TRIGGER "fee_schedule_append_only_delete" BEFORE DELETE ON "fee_schedule" BEGIN SELECT RAISE(ABORT, 'Fee schedules are kept: a change is a new version'); END;
CREATE TRIGGER "schedule_run_append_only_update" BEFORE UPDATE ON "schedule_run" BEGIN SELECT RAISE(ABORT, 'The runs of a schedule are kept'); END;
CREATE TRIGGER "schedule_run_append_only_delete" BEFORE DELETE ON "schedule_run" BEGIN SELECT RAISE(ABORT, 'The runs of a schedule are kept'); END;
