-- CreateTable
CREATE TABLE "payout_batch" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "owner_id" TEXT NOT NULL,
    "source_id" TEXT NOT NULL,
    "item_count" INTEGER NOT NULL,
    "paid_count" INTEGER NOT NULL,
    "failed_count" INTEGER NOT NULL,
    "next_item" INTEGER,
    "idempotency_key" TEXT NOT NULL,
    "request_fingerprint" TEXT NOT NULL,
    "feed_cursor" TEXT NOT NULL,
    "correlation_id" TEXT,
    "created_at" DATETIME NOT NULL,
    "updated_at" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "payout" (
    "batch_id" TEXT NOT NULL,
    "item" INTEGER NOT NULL,
    "reference" TEXT,
    "destination_id" TEXT NOT NULL,
    "asset" TEXT NOT NULL,
    "units" TEXT NOT NULL,
    "memo" TEXT,
    "state" TEXT NOT NULL,
    "transaction_id" TEXT,
    "failure_code" TEXT,
    "failure_message" TEXT,
    "updated_at" DATETIME NOT NULL,

    PRIMARY KEY ("batch_id", "item"),
    CONSTRAINT "payout_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "payout_batch" ("id") ON DELETE RESTRICT ON UPDATE RESTRICT
);

-- CreateIndex
CREATE INDEX "payout_batch_of_owner" ON "payout_batch"("owner_id", "created_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "payout_batch_unfinished" ON "payout_batch"("state", "updated_at");

-- CreateIndex
CREATE UNIQUE INDEX "payout_batch_owner_id_idempotency_key" ON "payout_batch"("owner_id", "idempotency_key");

-- By hand from here on. What was asked for never changes, a payee's outcome is final, and a batch is done when every payee has one.
CREATE TRIGGER "payout_batch_moves_on" BEFORE UPDATE ON "payout_batch"
WHEN (NEW."id", NEW."owner_id", NEW."source_id", NEW."item_count", NEW."idempotency_key", NEW."request_fingerprint", NEW."created_at")
  IS NOT (OLD."id", OLD."owner_id", OLD."source_id", OLD."item_count", OLD."idempotency_key", OLD."request_fingerprint", OLD."created_at")
  OR NEW."version" <> OLD."version" + 1 OR NEW."paid_count" < OLD."paid_count" OR NEW."failed_count" < OLD."failed_count"
  OR COALESCE(NEW."next_item", NEW."item_count" + 1) < COALESCE(OLD."next_item", OLD."item_count" + 1)
  OR NEW."paid_count" + NEW."failed_count" > NEW."item_count" OR NEW."state" NOT IN ('RUNNING', 'FINISHED')
  OR (NEW."state" = 'FINISHED') <> (NEW."paid_count" + NEW."failed_count" = NEW."item_count")
BEGIN SELECT RAISE(ABORT, 'A payout batch only moves on'); END;
CREATE TRIGGER "payout_is_sound" BEFORE INSERT ON "payout"
WHEN NEW."units" = '' OR NEW."units" GLOB '0*' OR NEW."units" GLOB '*[^0-9]*' OR NEW."state" <> 'PENDING' OR NEW."transaction_id" IS NOT NULL
BEGIN SELECT RAISE(ABORT, 'A payout moves a positive number of whole units and begins as pending'); END;
CREATE TRIGGER "payout_moves_on" BEFORE UPDATE ON "payout"
WHEN (NEW."batch_id", NEW."item", NEW."reference", NEW."destination_id", NEW."asset", NEW."units", NEW."memo")
  IS NOT (OLD."batch_id", OLD."item", OLD."reference", OLD."destination_id", OLD."asset", OLD."units", OLD."memo")
  OR OLD."state" IN ('PAID', 'FAILED') OR NEW."state" NOT IN ('REQUESTED', 'PAID', 'FAILED')
  OR (OLD."transaction_id" IS NOT NULL AND NEW."transaction_id" IS NOT OLD."transaction_id")
  OR (NEW."state" IN ('REQUESTED', 'PAID') AND NEW."transaction_id" IS NULL) OR (NEW."state" = 'FAILED') <> (NEW."failure_code" IS NOT NULL)
BEGIN SELECT RAISE(ABORT, 'The outcome of a payout is final'); END;
CREATE TRIGGER "payout_batch_permanent" BEFORE DELETE ON "payout_batch" BEGIN SELECT RAISE(ABORT, 'Payout batches are kept'); END;
CREATE TRIGGER "payout_permanent" BEFORE DELETE ON "payout" BEGIN SELECT RAISE(ABORT, 'Payouts are kept'); END;
